using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <summary>How many tokens a model read and wrote: <c>{"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}</c>.</summary>
internal sealed record TokenUsage(long? Input, long? Output, long? Total)
{
    /// <summary>Null for what is no usage: it is the client's own note, so a strange one is no fault.</summary>
    public static TokenUsage? Read(string json) => JsonText.Parse(json) switch
    {
        JsonObject usage => new(Count(usage, 0), Count(usage, 1), Count(usage, 2)),
        JsonValue value when value.TryGetValue<string>(out var inner) && JsonText.Parse(inner) is JsonObject usage => new(Count(usage, 0), Count(usage, 1), Count(usage, 2)),
        _ => null,
    };

    public IEnumerable<KeyValuePair<string, double>> Metrics() =>
        TraceKeys.Usage.Zip([Input, Output, Total]).Where(p => p.Second is not null).Select(p => new KeyValuePair<string, double>(p.First, p.Second!.Value));

    public string ToJson() => JsonText.Of(new JsonObject(
        TraceKeys.Usage.Zip([Input, Output, Total]).Select(p => new KeyValuePair<string, JsonNode?>(p.First, JsonValue.Create(p.Second ?? 0)))));

    private static long? Count(JsonObject usage, int which) =>
        usage[TraceKeys.Usage[which]] is JsonValue value && value.TryGetValue<double>(out var count) && Math.Abs(count) < 1e15 ? (long)count : null;
}
