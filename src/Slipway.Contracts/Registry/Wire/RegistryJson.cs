using System.Text.Json.Serialization;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Contracts.Registry.Wire;

/// <summary>
/// The one JSON form of the registry's values: over HTTP, in the payloads of <c>model.version.created</c> and <c>model.alias.moved</c>, in its tables.
/// Metrics that are not finite are written as "NaN", "Infinity", "-Infinity".
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ModelVersion))]
[JsonSerializable(typeof(ModelFacts))]
[JsonSerializable(typeof(AliasAssignment))]
[JsonSerializable(typeof(ModelPage))]
[JsonSerializable(typeof(ModelSummary))]
[JsonSerializable(typeof(ModelDetail))]
[JsonSerializable(typeof(SetAliasRequest))]
[JsonSerializable(typeof(AliasHistory))]
[JsonSerializable(typeof(VersionLineage))]
[JsonSerializable(typeof(VersionComparison))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, double>))]
[JsonSerializable(typeof(IReadOnlyList<TensorSpec>))]
public sealed partial class RegistryJson : JsonSerializerContext;
