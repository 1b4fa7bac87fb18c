using System.Diagnostics;
using System.Globalization;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Domain.Features;

// Usage: Slipway.Bench.Training HOUSING.csv GENERATED.csv, or Slipway.Bench.Training tricks
// Prints one line per case: the first fit (with compilation of the code), the best of the next five, the least processor time, and the fit's error.
if (args is ["tricks"])
{
    Slipway.Bench.Training.Tricks.Measure();
    return;
}

var housing = args[0];
var generated = args[1];

Run("housing", housing, ["city", "month", "sales", "listings", "inventory"], "median_price", ["city"], classes: false);
Run("generated regression", generated, Names(20), "y", [], classes: false);
Run("generated binary", generated, Names(20), "label", [], classes: true);

static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"x{i}")];

static void Run(string name, string path, string[] features, string target, string[] text, bool classes)
{
    var lines = File.ReadAllLines(path);
    var header = lines[0].Split(',');
    var cells = lines.Skip(1).Select(l => l.Split(',')).ToArray();
    Column Read(string column)
    {
        var at = Array.IndexOf(header, column);
        return text.Contains(column)
            ? new TextColumn(column, [.. cells.Select(c => c[at])])
            : new NumericColumn(column, [.. cells.Select(c => double.TryParse(c[at], CultureInfo.InvariantCulture, out var v) ? v : double.NaN)]);
    }

    var frame = new Frame([.. features.Select(Read)]);
    var truth = (NumericColumn)Read(target);
    var times = new List<double>();
    var processor = new List<double>();
    using var process = Process.GetCurrentProcess();
    var error = 0.0;
    for (var i = 0; i < 6; i++)
    {
        process.Refresh();
        var before = process.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var set = FeatureFitter.Fit(frame, features, []).Value;
        var columns = set.Encode(frame).Value;
        var goal = Target.Read(truth, classes ? Slipway.Contracts.Training.Ports.LearningTask.Binary : Slipway.Contracts.Training.Ports.LearningTask.Regression).Value;
        var model = GradientBoosting.Train(set, columns, goal, null, new BoostingParameters(), 0, Environment.ProcessorCount, CancellationToken.None);
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        process.Refresh();
        processor.Add((process.TotalProcessorTime - before).TotalMilliseconds);
        if (i == 0)
        {
            error = classes
                ? model.Probabilities(columns).Select((p, r) => (p[1] >= 0.5 ? 1 : 0) == truth.Values[r] ? 0.0 : 1.0).Average()
                : Math.Sqrt(model.Predict(columns).Select((p, r) => (p - truth.Values[r]) * (p - truth.Values[r])).Average());
        }
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22} first {times[0],8:F0} ms  best {times.Skip(1).Min(),8:F0} ms  processor {processor.Skip(1).Min(),8:F0} ms  training error {error:G6}"));
}
