using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Serving.Domain;

internal enum ScaleMetric
{
    /// <summary>Requests at a time per copy, those that wait included.</summary>
    Concurrency,

    /// <summary>Requests per second per copy.</summary>
    Rps,
}

/// <summary>How many copies of a model there may be, and what asks for more. It is no part of a revision: copies come and go while it answers.</summary>
/// <param name="Min">0: the model is unloaded when nobody has asked for <paramref name="IdleAfter"/>, and loaded again by the next request.</param>
internal sealed record ScaleSpec(int Min, int Max, double Target, ScaleMetric Metric, TimeSpan IdleAfter, TimeSpan Window)
{
    /// <summary>Time without requests after which a model with minReplicas 0 is unloaded, such as <c>10m</c>; 5 minutes.</summary>
    public const string IdleAnnotation = "slipway.dev/scale-to-zero-after";

    /// <summary>Copies go only when so long none of them was needed, such as <c>60s</c>; one minute.</summary>
    public const string WindowAnnotation = "slipway.dev/scale-down-window";

    /// <summary>More is surely a slip of the hand on one machine.</summary>
    public const int MostReplicas = 64;

    private static readonly TimeSpan UsualIdle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>One copy, always.</summary>
    public static ScaleSpec One { get; } = new(1, 1, 1, ScaleMetric.Concurrency, UsualIdle, UsualWindow);

    /// <summary>Whether it may be unloaded when idle.</summary>
    public bool MaySleep => Min == 0;

    /// <summary>KServe's fields of a predictor: minReplicas (1), maxReplicas (as many as minReplicas, at least 1), scaleTarget (1), scaleMetric (concurrency).</summary>
    public static ScaleSpec Read(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults)
    {
        var min = Whole("minReplicas", 0) ?? 1;
        var asked = Whole("maxReplicas", 0);

        // KServe takes 0 for "no bound"; here the bound is what the field would otherwise have been.
        var max = asked is null or 0 ? Math.Max(min, 1) : asked.Value;
        if (max < min)
        {
            faults.Add(new Fault($"{path}.maxReplicas", $"is {max}, less than minReplicas, which is {min}"));
        }

        var metric = ServiceSpec.At(predictor, "scaleMetric")?.ToString() switch
        {
            null or "concurrency" => ScaleMetric.Concurrency,
            "rps" => ScaleMetric.Rps,
            var other => Refuse($"'{other}' is not measured here; use concurrency or rps"),
        };
        return new ScaleSpec(
            min, max, Whole("scaleTarget", 1) ?? 1, metric, Span(annotations, IdleAnnotation, UsualIdle, faults), Span(annotations, WindowAnnotation, UsualWindow, faults));

        ScaleMetric Refuse(string why)
        {
            faults.Add(new Fault($"{path}.scaleMetric", why));
            return ScaleMetric.Concurrency;
        }

        int? Whole(string field, int least)
        {
            if (ServiceSpec.At(predictor, field) is not { } node)
            {
                return null;
            }

            var most = field == "scaleTarget" ? 1_000_000 : MostReplicas;
            if (int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            {
                return value;
            }

            faults.Add(new Fault($"{path}.{field}", $"{node.ToJsonString()} is not a whole number from {least} to {most}"));
            return null;
        }
    }

    private static TimeSpan Span(JsonNode? annotations, string name, TimeSpan otherwise, List<Fault> faults)
    {
        if (ServiceSpec.At(annotations, name)?.ToString() is not { } text)
        {
            return otherwise;
        }

        if (DurationText.TryParse(text, out var span) && span > TimeSpan.Zero && span <= Longest)
        {
            return span;
        }

        faults.Add(new Fault($"metadata.annotations[{name}]", $"'{text}' is not a time such as 30s, 10m or 2h, up to 7 days"));
        return otherwise;
    }
}
