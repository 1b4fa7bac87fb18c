using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>How requests are joined into runs of the model.</summary>
/// <param name="MaxRows">Rows in one run; a request that has more by itself runs alone.</param>
/// <param name="MaxDelay">How long a batch that is not full may wait for more while the model is running anyway; an idle model never waits.</param>
/// <param name="Preferred">Ascending sizes at which a batch does not wait for more; empty: only a full one does not.</param>
/// <param name="Timeout">How long one run may take.</param>
internal sealed record BatchPolicy(int MaxRows, TimeSpan MaxDelay, IReadOnlyList<int> Preferred, TimeSpan? Timeout)
{
    public const string MaxSizeAnnotation = "slipway.dev/max-batch-size";
    public const string PreferredAnnotation = "slipway.dev/preferred-batch-sizes";
    public const string DelayAnnotation = "slipway.dev/max-queue-delay-microseconds";

    /// <summary>KServe's maxBatchSize where a batcher does not say.</summary>
    private const int OtherwiseRows = 32;

    private const int MostRows = 100_000;

    /// <summary>KServe's batcher, or the same in Triton's words by annotations; null when neither is there.</summary>
    public static BatchPolicy? Read(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults)
    {
        var batcher = ServiceSpec.At(predictor, "batcher");
        var size = PolicyText.Annotated(annotations, MaxSizeAnnotation, 1, MostRows, faults);
        if (batcher is null && size is null)
        {
            foreach (var lonely in new[] { PreferredAnnotation, DelayAnnotation })
            {
                if (PolicyText.Of(annotations, lonely) is not null)
                {
                    faults.Add(new Fault(PolicyText.PathOf(lonely), $"says nothing without a batcher or {MaxSizeAnnotation}"));
                }
            }

            return null;
        }

        var latency = PolicyText.Number(ServiceSpec.At(batcher, "maxLatency"), $"{path}.batcher.maxLatency", 0, 3_600_000, faults);
        var delay = PolicyText.Annotated(annotations, DelayAnnotation, 0, int.MaxValue, faults);
        var rows = PolicyText.Number(ServiceSpec.At(batcher, "maxBatchSize"), $"{path}.batcher.maxBatchSize", 1, MostRows, faults) ?? size ?? OtherwiseRows;
        if (latency is not null && delay is not null)
        {
            faults.Add(new Fault(PolicyText.PathOf(DelayAnnotation), $"cannot be used together with {path}.batcher.maxLatency; use one of them"));
        }

        var timeout = PolicyText.Number(ServiceSpec.At(batcher, "timeout"), $"{path}.batcher.timeout", 0, 86_400, faults);
        return new BatchPolicy(
            rows,
            latency is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : delay is { } microseconds ? TimeSpan.FromMicroseconds(microseconds) : TimeSpan.Zero,
            ReadPreferred(annotations, rows, faults),
            timeout is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    /// <summary>The largest preferred size that so many rows reach; 0 for none.</summary>
    public int PreferredWithin(int rows)
    {
        var found = 0;
        foreach (var size in Preferred)
        {
            found = size <= rows ? size : found;
        }

        return found;
    }

    private static List<int> ReadPreferred(JsonNode? annotations, int rows, List<Fault> faults)
    {
        var sizes = new SortedSet<int>();
        foreach (var part in (PolicyText.Of(annotations, PreferredAnnotation) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (PolicyText.Whole(part, PolicyText.PathOf(PreferredAnnotation), 1, rows, faults) is { } size)
            {
                sizes.Add(size);
            }
        }

        return [.. sizes];
    }
}
