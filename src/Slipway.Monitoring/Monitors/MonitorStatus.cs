using System.Globalization;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Domain.Quality;
using Slipway.Monitoring.Kinds;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;

namespace Slipway.Monitoring.Monitors;

/// <summary>A monitor's status, made anew from its results each time.</summary>
internal static class MonitorStatus
{
    /// <summary>The newest window and the twelve before it, which it is compared with.</summary>
    public const int WindowsLookedAt = 13;

    /// <param name="newestFirst">At most <see cref="WindowsLookedAt"/> results.</param>
    /// <param name="problem">Why evaluation stopped, if it did.</param>
    public static void Write(
        Resource monitor, MonitorSpec spec, IReadOnlyList<MonitorWindow> newestFirst, int observed, Problem? problem, DateTimeOffset now)
    {
        monitor.Status["observedWindow"] = observed;
        if (problem is not null)
        {
            Conditions.Set(monitor, "Ready", "False", problem.Code.ToString(), problem.Message, now);
        }
        else
        {
            var (reason, message) = newestFirst.Count == 0
                ? ("WaitingForFeedback", $"No feedback window of {spec.InferenceService} has closed yet")
                : ("Evaluated", $"Every closed window up to {newestFirst[0].Number} is evaluated");
            Conditions.Set(monitor, "Ready", "True", reason, message, now);
        }

        if (newestFirst.Count == 0)
        {
            return;
        }

        var newest = newestFirst[0];
        monitor.Status["lastWindow"] = newest.Number;
        monitor.Status["lastWindowUntil"] = newest.Until.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        Set(monitor, "value", newest.Served?.Metrics.TryGetValue(spec.Metric, out var value) == true ? value : null);
        Set(monitor, "driftShare", newest.InputDrift?.Share);
        WriteDrifting(monitor, newest, now);
        WriteDegraded(monitor, newestFirst, now);
    }

    private static void WriteDrifting(Resource monitor, MonitorWindow newest, DateTimeOffset now)
    {
        if (newest.InputDrift is null && newest.PredictionDrift is null)
        {
            Conditions.Set(monitor, "Drifting", "Unknown", "NothingToCompare", $"Window {newest.Number} had no reference to be compared with", now);
            return;
        }

        var inputs = newest.InputDrift is { } input
            ? $"{input.DriftedColumns.Count} input columns drifted{(input.DriftedColumns.Count > 0 ? ": " + string.Join(", ", input.DriftedColumns) : "")}"
            : "inputs were not compared";
        var predictions = newest.PredictionDrift is null ? "predictions were not compared"
            : newest.PredictionDrift.Drifted ? "predictions drifted" : "predictions did not drift";
        var (drifting, reason) = newest switch
        {
            { InputDrift.Drifted: true } => ("True", "InputDrift"),
            { PredictionDrift.Drifted: true } => ("True", "PredictionDrift"),
            _ => ("False", "NoDrift"),
        };
        Conditions.Set(monitor, "Drifting", drifting, reason, $"Window {newest.Number}: {inputs}; {predictions}", now);
    }

    private static void WriteDegraded(Resource monitor, IReadOnlyList<MonitorWindow> newestFirst, DateTimeOffset now)
    {
        var judged = newestFirst[0].Served is { } served
            ? Degradation.Judge(Loss(served), [.. newestFirst.Skip(1).Where(w => w.Served is not null).Select(w => Loss(w.Served!))])
            : null;
        var (status, reason, message) = judged switch
        {
            true => ("True", "LossAboveBefore", "The served answers are worse than in the windows before"),
            false => ("False", "LossAsBefore", "The served answers are no worse than in the windows before"),
            null => ("Unknown", "TooFewLabels", "There are too few labelled rows, or no earlier window, to compare with"),
        };
        Conditions.Set(monitor, "Degraded", status, reason, message, now);
    }

    private static WindowLoss Loss(VersionQuality quality) => new(quality.Labelled, quality.MeanLoss, quality.LossVariance);

    private static void Set(Resource monitor, string name, double? value)
    {
        if (value is { } number)
        {
            monitor.Status[name] = number;
        }
        else
        {
            monitor.Status.Remove(name);
        }
    }
}
