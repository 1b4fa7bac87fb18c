using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Contracts.Serving.Wire;

/// <summary>A model that can score in bulk.</summary>
/// <param name="Reference">The version that was found, for ever the same: <c>models:/churn/3</c>.</param>
/// <param name="Digest">Of its bytes.</param>
/// <param name="PredictionType">FP64, INT64, BOOL or BYTES.</param>
public sealed record ScoringModel(string Reference, string Digest, IReadOnlyList<TensorSpec> Inputs, string PredictionType);

/// <summary>
/// The JSON before the blocks of a scored batch: rows predictions (FP64 little-endian, or BYTES with a uint32 length before each), then rows x classes
/// probabilities in FP64 when there are any.
/// </summary>
/// <param name="Datatype">FP64 or BYTES.</param>
/// <param name="Bytes">Length of the predictions' block.</param>
/// <param name="Classes">In the order of the probabilities; empty when there are none.</param>
/// <param name="Columns">Probabilities per row; 0 when there are none.</param>
public sealed record ScoredBatchHead(int Rows, string Datatype, int Bytes, IReadOnlyList<string> Classes, int Columns);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ScoringModel))]
[JsonSerializable(typeof(ScoredBatchHead))]
public sealed partial class ScoringJson : JsonSerializerContext;
