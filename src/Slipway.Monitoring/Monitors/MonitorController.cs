using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Evaluation;
using Slipway.Monitoring.Kinds;
using Slipway.Monitoring.Windows;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;

namespace Slipway.Monitoring.Monitors;

/// <summary>
/// Evaluates every closed feedback window of a monitor's inference service that has no result yet, in order. A result and its event are one
/// transaction; the status is written afterwards from the results, so a crash in between costs nothing but a second look.
/// </summary>
internal sealed class MonitorController(
    IResourceStore resources, IPredictionLog predictions, WindowEvaluator evaluator, ReferenceFrames references, MonitorStore store,
    MonitoringMetrics metrics, TimeProvider time) : IController
{
    private static readonly string OwnSubject = MonitorKind.Kind.SubjectPrefix + "/";

    private readonly KeyIndex _index = new();

    public string Name => "monitor";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "serving.feedback."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e) => e.Subject.StartsWith(OwnSubject, StringComparison.Ordinal)
        ? [new ResourceRef(e.Namespace, e.Subject[OwnSubject.Length..])]
        : _index.WhoRefersTo(e.Namespace, e.Subject);

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) =>
        [.. (await resources.ListAsync(MonitorKind.Kind, new ListQuery(), cancellation)).OrThrow().Items.Select(r => new ResourceRef(r.Namespace, r.Name))];

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        var got = await resources.GetAsync(MonitorKind.Kind, key.Namespace, key.Name, cancellation);
        if (!got.TryGet(out var monitor, out var missing))
        {
            return missing.Code == ProblemCode.NotFound ? await ForgetAsync(key, cancellation) : ReconcileOutcome.Retry(missing.Message);
        }

        if (monitor.IsDeleting)
        {
            return ReconcileOutcome.Done;
        }

        var spec = MonitorSpec.Read(monitor.Spec);
        _index.Set(key, $"inferenceservices/{spec.InferenceService}");
        if ((await store.RemoveOthersAsync(key.Namespace, key.Name, monitor.Uid, cancellation)).Problem is { } notRemoved)
        {
            return ReconcileOutcome.Retry(notRemoved.Message);
        }

        var last = (await store.NewestAsync(key.Namespace, key.Name, monitor.Uid, 1, cancellation)) is [var newest] ? newest.Number : 0;
        var closed = await predictions.ClosedWindowsAsync(key.Namespace, spec.InferenceService, last, cancellation);
        var problem = await EvaluateAsync(key, monitor.Uid, spec, closed, cancellation);

        var results = await store.NewestAsync(key.Namespace, key.Name, monitor.Uid, MonitorStatus.WindowsLookedAt, cancellation);
        if (results.Count > 0)
        {
            metrics.OnMonitorSeen(key, spec.Metric, results[0]);
        }

        MonitorStatus.Write(monitor, spec, results, closed.Count > 0 ? closed[^1].Number : last, problem, time.GetUtcNow());
        var written = await resources.UpdateStatusAsync(MonitorKind.Kind, monitor, new WriteOptions(Name), cancellation);
        return (problem ?? written.Problem) is { } failed ? ReconcileOutcome.Retry(failed.Message) : ReconcileOutcome.Done;
    }

    /// <summary>The first problem stops: windows are evaluated in order or not at all.</summary>
    private async Task<Problem?> EvaluateAsync(
        ResourceRef key, string uid, MonitorSpec spec, IReadOnlyList<FeedbackWindow> closed, CancellationToken cancellation)
    {
        foreach (var window in closed)
        {
            var started = time.GetTimestamp();
            if (!(await evaluator.EvaluateAsync(key, uid, spec, window, cancellation)).TryGet(out var result, out var problem))
            {
                return problem;
            }

            if (!(await store.AddAsync(key.Namespace, key.Name, uid, result, cancellation)).TryGet(out var isNew, out problem))
            {
                return problem;
            }

            if (isNew)
            {
                metrics.OnWindowEvaluated(key, result, time.GetElapsedTime(started));
            }
        }

        return null;
    }

    private async Task<ReconcileOutcome> ForgetAsync(ResourceRef key, CancellationToken cancellation)
    {
        _index.Remove(key);
        references.Forget(key);
        metrics.OnMonitorGone(key);
        var removed = await store.RemoveOthersAsync(key.Namespace, key.Name, "", cancellation);
        return removed.Problem is { } problem ? ReconcileOutcome.Retry(problem.Message) : ReconcileOutcome.Done;
    }
}
