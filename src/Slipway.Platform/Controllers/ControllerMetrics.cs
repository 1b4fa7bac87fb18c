using System.Diagnostics.Metrics;

namespace Slipway.Platform.Controllers;

internal static class ControllerMetrics
{
    private static readonly Meter Meter = new("Slipway.Controllers");

    private static readonly Counter<long> Reconciles =
        Meter.CreateCounter<long>("slipway.controller.reconciles", description: "Reconciles that ended, by outcome.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("slipway.controller.reconcile.duration", "s", "How long reconciles took.");

    private static readonly UpDownCounter<long> Depth =
        Meter.CreateUpDownCounter<long>("slipway.controller.queue.depth", description: "Keys that wait to be reconciled.");

    private static readonly UpDownCounter<long> Leading =
        Meter.CreateUpDownCounter<long>("slipway.controller.leader", description: "1 while this process runs the controllers.");

    public static void OnReconciled(string controller, string outcome, TimeSpan took)
    {
        Reconciles.Add(1, new("controller", controller), new("outcome", outcome));
        Duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("controller", controller));
    }

    public static void OnDepthChanged(string controller, int by)
    {
        if (by != 0)
        {
            Depth.Add(by, new KeyValuePair<string, object?>("controller", controller));
        }
    }

    public static void OnLeadershipTaken() => Leading.Add(1);

    public static void OnLeadershipEnded() => Leading.Add(-1);
}
