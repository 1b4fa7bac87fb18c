using System.Diagnostics.Metrics;

namespace Slipway.Pipelines;

/// <summary>Every instrument of the module.</summary>
internal sealed class PipelinesMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _runs = meters.Create("Slipway.Pipelines").CreateCounter<long>(
        "slipway_pipeline_runs_finished", description: "Pipeline runs that ended, by pipeline and state");

    private readonly Counter<long> _hits = meters.Create("Slipway.Pipelines").CreateCounter<long>(
        "slipway_pipeline_cache_hits", description: "Tasks whose result was taken from an earlier execution");

    private readonly Histogram<double> _steps = meters.Create("Slipway.Pipelines").CreateHistogram<double>(
        "slipway_pipeline_step_duration_seconds", "s", "How long attempts at steps took, by where they ran and outcome");

    public void OnRunFinished(string pipeline, string state) =>
        _runs.Add(1, new KeyValuePair<string, object?>("pipeline", pipeline), new KeyValuePair<string, object?>("state", state));

    public void OnCacheHit() => _hits.Add(1);

    public void OnStepEnded(string slot, string outcome, TimeSpan elapsed) =>
        _steps.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("slot", slot), new KeyValuePair<string, object?>("outcome", outcome));
}
