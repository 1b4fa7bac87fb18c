using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Pipelines.Domain;

/// <summary>Run options as the row keeps them.</summary>
internal static class RunOptionsJson
{
    public static RunOptions Read(string json) => JsonSerializer.Deserialize(json, RunOptionsContext.Default.RunOptions) ?? RunOptions.Default;

    public static string Write(RunOptions options) => JsonSerializer.Serialize(options, RunOptionsContext.Default.RunOptions);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunOptions))]
internal sealed partial class RunOptionsContext : JsonSerializerContext;
