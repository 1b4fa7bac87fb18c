using System.Text.Json.Nodes;

namespace Slipway.Serving.Domain;

/// <summary>
/// Which of a caller's headers are sent to addresses that stand in manifests: those for tracing and correlation, and those that the manifest names.
/// Whatever else a caller sends may be a secret between it and this server, its token first of all.
/// </summary>
internal sealed record PropagatedHeaders(IReadOnlyList<string> Names)
{
    /// <summary>Names separated by commas; one may end with a star.</summary>
    public const string Annotation = "slipway.dev/propagate-headers";

    private static readonly string[] Always = ["traceparent", "tracestate", "baggage", "x-request-id", "ce-id", "x-b3-*", "b3"];

    public static PropagatedHeaders Read(JsonNode? annotations) => new(
    [
        .. Always,
        .. ServiceSpec.At(annotations, Annotation) is JsonValue value && value.TryGetValue<string>(out var text)
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [],
    ]);

    public bool Has(string name) => Names.Any(p => p.EndsWith('*')
        ? name.StartsWith(p[..^1], StringComparison.OrdinalIgnoreCase)
        : name.Equals(p, StringComparison.OrdinalIgnoreCase));
}
