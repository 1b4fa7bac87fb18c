using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>What does not begin any more: after a failure, where the run is to stop at it, and after a cancel.</summary>
internal sealed partial class RunGraph
{
    private void OnFailureInside(LiveTask parent, long now)
    {
        var first = !parent.AnyFailed;
        parent.AnyFailed = true;
        if (first && options.Failure == FailureMode.FailFast)
        {
            HoldBack(parent, t => !t.Plan!.Spec.Trigger.WaitsForAnyEnd, false, now);
        }
        else if (options.Failure == FailureMode.Stop && _heldBack != (_heldBack = true))
        {
            HoldBack(Root, _ => true, true, now);
        }
    }

    /// <summary>What waits for its first slot has not started either.</summary>
    private void HoldBack(LiveTask group, Func<LiveTask, bool> held, bool inside, long now)
    {
        for (var i = 0; i < group.Children.Count; i++)
        {
            var task = group.Children[i];
            if (task is { State: TaskState.Queued, Attempt: 0 } && held(task))
            {
                End(task, TaskEvent.Skip, TaskCause.FailFast, null, now);
            }
            else if (inside && task is { State: TaskState.Running, Kind: TaskKind.Dag or TaskKind.Loop })
            {
                HoldBack(task, held, inside, now);
            }
        }
    }

    private void CancelWaiting(LiveTask group, long now)
    {
        group.Held.Clear();

        // From behind, so that the end of one unblocks none that would have to be looked at first.
        for (var i = group.Children.Count - 1; i >= 0; i--)
        {
            var child = group.Children[i];
            if (child.State is TaskState.Pending or TaskState.Queued)
            {
                End(child, TaskEvent.Cancel, TaskCause.Cancel, null, now);
            }
            else if (child.State == TaskState.Running && child.Kind is TaskKind.Dag or TaskKind.Loop)
            {
                CancelWaiting(child, now);
            }
        }
    }
}
