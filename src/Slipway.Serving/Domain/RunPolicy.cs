using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Serving.Domain;

/// <summary>How requests of one predictor reach its model: in what batches, how many at a time, and how long they may take.</summary>
/// <param name="Batch">Null when every request runs by itself.</param>
/// <param name="Concurrency">KServe's containerConcurrency: runs of the model at a time, a batch being one; 0 leaves it to the runtime.</param>
/// <param name="QueueLimit">Requests that may wait; null leaves it to the server's options.</param>
/// <param name="Timeout">KServe's timeout: the whole request, from when it has been read.</param>
/// <param name="Cache">Null (the default) answers every request by the model.</param>
internal sealed record RunPolicy(BatchPolicy? Batch, int Concurrency, int? QueueLimit, TimeSpan? Timeout, CachePolicy? Cache)
{
    /// <summary>Requests that may wait for the model, 0 and more; beyond them the server answers 429.</summary>
    public const string QueueLimitAnnotation = "slipway.dev/queue-limit";

    public static RunPolicy Default { get; } = new(null, 0, null, null, null);

    /// <param name="path">Of the predictor, for faults.</param>
    public static RunPolicy Read(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults) => new(
        BatchPolicy.Read(predictor, annotations, path, faults),
        PolicyText.Number(ServiceSpec.At(predictor, "containerConcurrency"), $"{path}.containerConcurrency", 0, 10_000, faults) ?? 0,
        PolicyText.Annotated(annotations, QueueLimitAnnotation, 0, 1_000_000, faults),
        PolicyText.Number(ServiceSpec.At(predictor, "timeout"), $"{path}.timeout", 0, 86_400, faults) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
        CachePolicy.Read(annotations, faults));

    /// <summary>A canary's: faults of the annotations have been told by its predictor.</summary>
    public static RunPolicy ReadCanary(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults)
    {
        var found = new List<Fault>();
        var policy = Read(predictor, annotations, path, found);
        faults.AddRange(found.Where(f => f.Path.StartsWith(path, StringComparison.Ordinal)));
        return policy;
    }
}

/// <summary>Answers kept by content.</summary>
/// <param name="Bytes">What all of them may hold.</param>
/// <param name="Entries">How many there may be.</param>
/// <param name="Lifetime">After this an answer is not used any more; null keeps it as long as there is room.</param>
internal sealed record CachePolicy(long Bytes, int Entries, TimeSpan? Lifetime)
{
    /// <summary>A size such as <c>64Mi</c>, or a number of answers such as <c>1000</c>.</summary>
    public const string Annotation = "slipway.dev/response-cache";

    /// <summary>How long an answer is used, such as <c>10m</c>.</summary>
    public const string LifetimeAnnotation = "slipway.dev/response-cache-ttl";

    /// <summary>Bytes when only a number of answers is given.</summary>
    private const long OtherwiseBytes = 64 << 20;

    private const long MostBytes = 64L << 30;

    public static CachePolicy? Read(JsonNode? annotations, List<Fault> faults)
    {
        var (text, kept) = (PolicyText.Of(annotations, Annotation), PolicyText.Of(annotations, LifetimeAnnotation));
        TimeSpan? lifetime = null;
        if (kept is not null)
        {
            if (DurationText.TryParse(kept, out var parsed) && parsed > TimeSpan.Zero)
            {
                lifetime = parsed;
            }
            else
            {
                faults.Add(new Fault(PolicyText.PathOf(LifetimeAnnotation), $"'{kept}' is not a duration above 0 such as 10m"));
            }
        }

        if (text is null or "off" or "0")
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var entries))
        {
            return new CachePolicy(OtherwiseBytes, entries, lifetime);
        }

        if (Size(text) is { } bytes)
        {
            return new CachePolicy(bytes, int.MaxValue, lifetime);
        }

        faults.Add(new Fault(PolicyText.PathOf(Annotation), $"'{text}' is neither \"off\", a number of answers nor a size such as 64Mi (1Ki to 64Gi)"));
        return null;
    }

    private static long? Size(string text)
    {
        var shift = text.Length > 2 ? text[^2..] switch
        {
            "Ki" => 10,
            "Mi" => 20,
            "Gi" => 30,
            _ => 0,
        }
        : 0;
        return shift > 0 && long.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 && number <= MostBytes >> shift
                ? number << shift
                : null;
    }
}

/// <summary>Reads numbers of a spec and its annotations, naming what is wrong with them.</summary>
internal static class PolicyText
{
    public static string PathOf(string annotation) => $"metadata.annotations[{annotation}]";

    public static string? Of(JsonNode? annotations, string name) =>
        ServiceSpec.At(annotations, name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static int? Annotated(JsonNode? annotations, string annotation, int least, int most, List<Fault> faults) =>
        Of(annotations, annotation) is { } text ? Whole(text, PathOf(annotation), least, most, faults) : null;

    public static int? Number(JsonNode? number, string path, int least, int most, List<Fault> faults) =>
        number is null ? null : Whole(number.ToJsonString(), path, least, most, faults);

    public static int? Whole(string text, string path, int least, int most, List<Fault> faults)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add(new Fault(path, $"{text} is not a whole number from {least} to {most}"));
        return null;
    }
}
