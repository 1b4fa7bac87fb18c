using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <summary>
/// Token usage and cost as clients note them on spans and traces: <c>{"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}</c>,
/// <c>{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}</c>. A note that is no such object counts as none: it is the client's own.
/// </summary>
internal static class SpanNumbers
{
    public static IReadOnlyList<string> TokenKeys { get; } =
        ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];

    public static IReadOnlyList<string> CostKeys { get; } = ["input_cost", "output_cost", "total_cost"];

    public static IReadOnlyDictionary<string, double> Read(string? json, IReadOnlyList<string> keys)
    {
        var noted = json is null ? null : JsonText.Parse(json);
        if (noted is JsonValue text && text.TryGetValue<string>(out var inner))
        {
            noted = JsonText.Parse(inner);
        }

        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        if (noted is JsonObject members)
        {
            foreach (var key in keys)
            {
                if (members[key] is JsonValue value && value.TryGetValue<double>(out var number) && Math.Abs(number) < 1e15)
                {
                    numbers[key] = number;
                }
            }
        }

        return numbers;
    }

    /// <summary>Tokens as whole numbers; the three that MLflow's clients always read are there, 0 if need be.</summary>
    public static string TokensJson(IReadOnlyDictionary<string, double> sums) => JsonText.Of(new JsonObject(
        TokenKeys.Where((key, i) => i < 3 || sums.ContainsKey(key))
            .Select(key => new KeyValuePair<string, JsonNode?>(key, JsonValue.Create((long)sums.GetValueOrDefault(key))))));

    public static string CostJson(IReadOnlyDictionary<string, double> sums) => JsonText.Of(new JsonObject(
        CostKeys.Where(sums.ContainsKey).Select(key => new KeyValuePair<string, JsonNode?>(key, JsonValue.Create(sums[key])))));
}
