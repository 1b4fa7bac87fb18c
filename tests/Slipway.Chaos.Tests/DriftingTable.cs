using System.Globalization;
using System.Text;

namespace Slipway.Chaos.Tests;

/// <summary>
/// A small table in time order whose target follows two numbers by a rule that turns slowly, with a jump at half of the time: a model that is left
/// alone goes wrong, one that is retrained does not. The same rows every time.
/// </summary>
internal static class DriftingTable
{
    public const int Months = 40;
    public const int RowsPerMonth = 50;

    /// <summary>Months that the first model learns from; the replay has the others.</summary>
    public const int TrainingMonths = 8;

    public const int ReplayRows = (Months - TrainingMonths) * RowsPerMonth;

    /// <summary>Writes the data and a loop over it into the folder; answers the loop file's path.</summary>
    public static string Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "drift.csv"), Csv());
        var until = Month(TrainingMonths);
        var loop = Path.Combine(folder, "loop.yaml");
        File.WriteAllText(
            loop,
            $"""
            apiVersion: slipway.dev/v1
            kind: Loop
            metadata:
              name: drift
            spec:
              data: drift.csv
              time: at
              target: y
              task: regression
              features: [a, b, c]
              train: {"{"}from: 2015-01-01, until: {until:yyyy-MM-dd}{"}"}
              step: month
              report: quarter
              feedbackDelay: month
              metric: mae
              faults: [corrupted-challenger]
            """);
        return loop;
    }

    private static string Csv()
    {
        var random = new Random(20_150_101);
        var csv = new StringBuilder("at,a,b,c,y\n");
        for (var month = 0; month < Months; month++)
        {
            var slope = (month * 0.15) + (month >= Months / 2 ? 6 : 0);
            for (var row = 0; row < RowsPerMonth; row++)
            {
                var at = Month(month).AddHours(row * 12);
                var (a, b, c) = (random.NextDouble() * 10, (random.NextDouble() * 4) - 2, random.Next(5));
                var y = (a * (3 + slope)) - (b * b * 2) + c + (random.NextDouble() * 0.5);
                csv.Append(CultureInfo.InvariantCulture, $"{at:yyyy-MM-ddTHH:mm:ssZ},{a:F4},{b:F4},{c},{y:F4}\n");
            }
        }

        return csv.ToString();
    }

    private static DateTime Month(int month) => new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(month);
}
