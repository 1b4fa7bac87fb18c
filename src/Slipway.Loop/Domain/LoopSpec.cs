using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Loop.Domain;

/// <summary>A Loop's spec, read and checked. Null features: every column but time and target; null until: the first fifth of the rows.</summary>
internal sealed record LoopSpec(
    string Dataset, string DatasetVersion, string Time, string Target, LearningTask Task, IReadOnlyList<string>? Features, IReadOnlyList<string> Categorical,
    DateTimeOffset? TrainFrom, DateTimeOffset? TrainUntil, CalendarStep Step, CalendarStep Report, CalendarStep? FeedbackDelay, string Metric,
    IReadOnlyList<string> Faults)
{
    public const string CorruptedChallenger = "corrupted-challenger";

    private static readonly Dictionary<string, LearningTask> Tasks = new(StringComparer.Ordinal)
    {
        ["regression"] = LearningTask.Regression, ["binary"] = LearningTask.Binary, ["multiclass"] = LearningTask.Multiclass,
    };

    /// <summary>Metrics that each task can be reported in; the first is the default.</summary>
    private static readonly Dictionary<LearningTask, string[]> Metrics = new()
    {
        [LearningTask.Regression] = ["r2", "mae", "mape", "rmse"],
        [LearningTask.Binary] = ["accuracy", "macro_f1", "auc", "logloss"],
        [LearningTask.Multiclass] = ["accuracy", "macro_f1", "logloss"],
    };

    public static Result<LoopSpec> Parse(JsonObject spec)
    {
        var faults = new List<Fault>();
        var (time, target) = (Required(spec, "time", faults), Required(spec, "target", faults));
        if (time.Length > 0 && time == target)
        {
            faults.Add(new Fault("spec.target", "cannot be the time column"));
        }

        if (!Tasks.TryGetValue((string?)spec["task"] ?? "", out var task))
        {
            faults.Add(new Fault("spec.task", $"'{(string?)spec["task"]}' must be one of {string.Join(", ", Tasks.Keys)}"));
        }

        var metric = (string?)spec["metric"] ?? Metrics[task][0];
        if (!Metrics[task].Contains(metric))
        {
            faults.Add(new Fault("spec.metric", $"'{metric}' does not go with the task; take one of {string.Join(", ", Metrics[task])}"));
        }

        var features = (spec["features"] as JsonArray)?.Select(f => (string?)f ?? "").ToList();
        foreach (var bad in (features ?? []).Where(f => f == target || f == time))
        {
            faults.Add(new Fault("spec.features", $"'{bad}' is the {(bad == target ? "target" : "time")} column and cannot be a feature"));
        }

        var (from, until) = (Instant(spec["train"]?["from"], "spec.train.from", faults), Instant(spec["train"]?["until"], "spec.train.until", faults));
        if (from >= until)
        {
            faults.Add(new Fault("spec.train.until", "must be after spec.train.from"));
        }

        var step = ReadStep(spec, "step", CalendarUnit.Month, faults);
        var report = ReadStep(spec, "report", CalendarUnit.Year, faults);
        CalendarStep? delay = spec["feedbackDelay"] is null ? null : ReadStep(spec, "feedbackDelay", CalendarUnit.Month, faults);
        if (delay is { Unit: CalendarUnit.Rows } != (step.Unit == CalendarUnit.Rows) && delay is not null)
        {
            faults.Add(new Fault("spec.feedbackDelay", "must be in rows exactly when spec.step is"));
        }

        var planted = (spec["faults"] as JsonArray ?? []).Select(f => (string?)f ?? "").ToList();
        foreach (var unknown in planted.Where(f => f != CorruptedChallenger))
        {
            faults.Add(new Fault("spec.faults", $"there is no fault '{unknown}'; there is: {CorruptedChallenger}"));
        }

        var dataset = (string?)spec["dataset"]?["name"] ?? "";
        if (dataset.Length == 0)
        {
            faults.Add(new Fault("spec.dataset.name", "is required: upload the file as a dataset version first, as `slipway loop` does"));
        }

        return faults.Count > 0
            ? Problem.Invalid(faults)
            : new LoopSpec(
                dataset, (string?)spec["dataset"]?["version"] ?? "latest", time, target, task, features,
                [.. (spec["categorical"] as JsonArray ?? []).Select(c => (string?)c ?? "")], from, until, step, report, delay, metric, planted);
    }

    private static string Required(JsonObject spec, string name, List<Fault> faults)
    {
        var value = (string?)spec[name] ?? "";
        if (value.Length == 0)
        {
            faults.Add(new Fault($"spec.{name}", "is required"));
        }

        return value;
    }

    private static CalendarStep ReadStep(JsonObject spec, string name, CalendarUnit otherwise, List<Fault> faults)
    {
        if (spec[name] is not { } given)
        {
            return new CalendarStep(otherwise);
        }

        if (!CalendarStep.TryParse((string?)given, out var step))
        {
            faults.Add(new Fault($"spec.{name}", $"'{(string?)given}' must be hour, day, week, month, quarter, year or a number of rows such as '500 rows'"));
        }

        return step;
    }

    private static DateTimeOffset? Instant(JsonNode? node, string path, List<Fault> faults)
    {
        if (node is null)
        {
            return null;
        }

        if (DateTimeOffset.TryParse((string?)node, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var value))
        {
            return value;
        }

        faults.Add(new Fault(path, $"'{(string?)node}' is not a date or an instant such as 2003-01-01 or 2003-01-01T00:00:00Z"));
        return null;
    }
}
