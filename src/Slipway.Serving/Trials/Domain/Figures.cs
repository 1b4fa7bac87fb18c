namespace Slipway.Serving.Trials.Domain;

/// <summary>
/// What one revision did since a step of a rollout began: sums only, so that those of several replicas add up. Settable for the generated JSON reader.
/// </summary>
internal sealed record Figures
{
    public static Figures None { get; } = new();

    /// <summary>Runs of the model that ended in an answer or in a failure of the model, mirrored ones included.</summary>
    public long Requests { get; set; }

    /// <summary>Runs in which the model failed.</summary>
    public long Errors { get; set; }

    /// <summary>Of the runs that ended in an answer.</summary>
    public double SumMs { get; set; }

    public double SumSquaresMs { get; set; }

    /// <summary>By <see cref="LatencyBuckets"/>.</summary>
    public long[] Latencies { get; set; } = [];

    /// <summary>Mirrored requests whose answer was compared with the one that the caller got.</summary>
    public long Compared { get; set; }

    /// <summary>Of these, how many said the same.</summary>
    public long Agreed { get; set; }

    /// <summary>Numbers compared.</summary>
    public long Numbers { get; set; }

    /// <summary>Sum of their absolute differences.</summary>
    public double SumDifference { get; set; }

    public double MaxDifference { get; set; }

    /// <summary>Sum of (time of this revision minus time of the one that answered).</summary>
    public double SumLatencyGapMs { get; set; }

    public long Answers => Requests - Errors;

    public double? ErrorRate => Requests == 0 ? null : (double)Errors / Requests;

    public double? MeanMs => Answers == 0 ? null : SumMs / Answers;

    /// <summary>Sample variance; 0 below two answers.</summary>
    public double VarianceMs => Answers < 2 ? 0 : Math.Max(0, (SumSquaresMs - (SumMs * SumMs / Answers)) / (Answers - 1));

    public double? Agreement => Compared == 0 ? null : (double)Agreed / Compared;

    public double? MeanDifference => Numbers == 0 ? null : SumDifference / Numbers;

    public double? MeanLatencyGapMs => Compared == 0 ? null : SumLatencyGapMs / Compared;

    public double? QuantileMs(double quantile) => LatencyBuckets.Quantile(Latencies, quantile);

    public Figures Plus(Figures other) => new()
    {
        Requests = Requests + other.Requests, Errors = Errors + other.Errors, SumMs = SumMs + other.SumMs, SumSquaresMs = SumSquaresMs + other.SumSquaresMs,
        Latencies = Add(Latencies, other.Latencies), Compared = Compared + other.Compared, Agreed = Agreed + other.Agreed, Numbers = Numbers + other.Numbers,
        SumDifference = SumDifference + other.SumDifference, MaxDifference = Math.Max(MaxDifference, other.MaxDifference),
        SumLatencyGapMs = SumLatencyGapMs + other.SumLatencyGapMs,
    };

    private static long[] Add(long[] one, long[] other)
    {
        var sum = new long[Math.Max(one.Length, other.Length)];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] = (i < one.Length ? one[i] : 0) + (i < other.Length ? other[i] : 0);
        }

        return sum;
    }
}
