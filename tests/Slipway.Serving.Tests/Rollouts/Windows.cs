using Slipway.Contracts.Monitoring.Ports;

namespace Slipway.Serving.Tests.Rollouts;

/// <summary>Monitor windows made of per-row losses.</summary>
internal static class Windows
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A window in which <paramref name="version"/> had these losses and <paramref name="against"/> those, on the same rows.</summary>
    public static MonitorWindow Of(int number, int version, double[] losses, int against, double[] others, int errors = 0) => Empty(number) with
    {
        Rows = losses.Length,
        Errors = errors,
        Versions = [Quality(version, losses), Quality(against, others)],
        Pairs = losses.Length == 0 ? [] : [new PairedComparison(version, against, losses.Length, Mean(Differences(losses, others)), Variance(Differences(losses, others)))],
    };

    /// <summary>Rows whose losses differ by <paramref name="difference"/> on average, around a champion's loss of 1.</summary>
    public static MonitorWindow Differing(int number, int version, int against, double difference, int rows = 30, int errors = 0) =>
        Of(number, version, [.. Enumerable.Range(0, rows).Select(i => 1 + difference + (i % 2 == 0 ? 0.2 : -0.2))], against, [.. Enumerable.Repeat(1.0, rows)], errors);

    public static MonitorWindow Empty(int number) =>
        new(number, Start.AddDays(number), Start.AddDays(number + 1), 0, 0, null, [], [], null, null);

    private static VersionQuality Quality(int version, double[] losses) =>
        new(version, losses.Length, losses.Length, new Dictionary<string, double>(), losses.Length == 0 ? 0 : Mean(losses), Variance(losses));

    private static double[] Differences(double[] left, double[] right) => [.. left.Zip(right, (l, r) => l - r)];

    private static double Mean(double[] values) => values.Average();

    private static double Variance(double[] values)
    {
        var mean = values.Length == 0 ? 0 : values.Average();
        return values.Length < 2 ? 0 : values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }
}
