using System.Diagnostics.Metrics;

namespace Slipway.Serving.Graphs;

/// <summary>Instruments of graphs. Labels: namespace, graph, and of steps node, step and status.</summary>
internal sealed class GraphMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _steps;

    public GraphMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(ServingMetrics.MeterName);
        _requests = _meter.CreateCounter<long>("slipway_serving_graph_requests", description: "Requests to graphs, by status");
        _latency = _meter.CreateHistogram<double>("slipway_serving_graph_seconds", "s", "Time in a graph per request");
        _steps = _meter.CreateHistogram<double>("slipway_serving_graph_step_seconds", "s", "Time per call of a step, by status");
    }

    public void OnAnswered(string ns, string graph, int status, TimeSpan took)
    {
        _requests.Add(1, new KeyValuePair<string, object?>("namespace", ns), new("graph", graph), new("status", status));
        _latency.Record(took.TotalSeconds, new KeyValuePair<string, object?>("namespace", ns), new("graph", graph));
    }

    public void OnStep(string ns, string graph, string node, string step, int status, TimeSpan took) => _steps.Record(
        took.TotalSeconds, [new("namespace", ns), new("graph", graph), new("node", node), new("step", step), new("status", status)]);

    public void Dispose() => _meter.Dispose();
}
