using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Gates;

/// <summary>Rules and findings as JSON, in tables and over HTTP. Unknown members are refused: a rule that is spelled wrong would guard nothing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(GateRules))]
[JsonSerializable(typeof(IReadOnlyList<GateFinding>))]
internal sealed partial class GateJson : JsonSerializerContext
{
    public static string Of(IReadOnlyList<GateFinding> findings) => JsonSerializer.Serialize(findings, Default.IReadOnlyListGateFinding);

    public static GateRules Rules(string json) => JsonSerializer.Deserialize(json, Default.GateRules)!;
}
