using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Training.Ports;

namespace Slipway.Loop.Domain;

/// <summary>What a retraining pipeline learns: travels as its <c>subject</c> parameter.</summary>
/// <param name="TrainFromRow">First row of the first training window in the base dataset.</param>
/// <param name="Service">The inference service whose labelled answers are further training data.</param>
internal sealed record Subject(
    string Dataset, string DatasetVersion, int TrainFromRow, int TrainEndRow, string Time, string Target, LearningTask Task,
    IReadOnlyList<string> Features, IReadOnlyList<string> Categorical, string Metric, string Algorithm, string Model, string Service, long Seed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Subject))]
internal sealed partial class SubjectContext : JsonSerializerContext;
