using System.Diagnostics.Metrics;

namespace Slipway.Pipelines;

/// <summary>Every instrument of the module.</summary>
internal sealed class PipelinesMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _runs = meters.Create("Slipway.Pipelines").CreateCounter<long>(
        "slipway_pipeline_runs_finished", description: "Pipeline runs that ended, by pipeline and state");

    private readonly Histogram<double> _steps = meters.Create("Slipway.Pipelines").CreateHistogram<double>(
        "slipway_pipeline_step_duration_seconds", "s", "How long attempts at steps took, by component and outcome");

    public void OnRunFinished(string pipeline, string state) =>
        _runs.Add(1, new KeyValuePair<string, object?>("pipeline", pipeline), new KeyValuePair<string, object?>("state", state));

    public void OnStepEnded(string component, string outcome, TimeSpan elapsed) =>
        _steps.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("component", component), new KeyValuePair<string, object?>("outcome", outcome));
}
