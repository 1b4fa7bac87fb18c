using Slipway.PipelineLanguage.Execution;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>Loops: as many iterations at a time as they may have, the next when one has ended.</summary>
internal sealed partial class RunGraph
{
    private void BeginLoop(LiveTask loop, long now)
    {
        if (!LoopItems.Of(loop.Plan!.Spec, loop.Inputs!).TryGet(out var items, out var problem))
        {
            End(loop, TaskEvent.Fail, TaskCause.Values, problem.Message, now);
            return;
        }

        (loop.Items, loop.Open) = (items, items.Count);
        loop.Move(TaskEvent.Start, now);
        Touch(loop);
        if (items.Count == 0)
        {
            CloseLoop(loop, now);
            return;
        }

        var limit = loop.Plan.Spec.ParallelismLimit;
        for (var i = 0; i < items.Count && (limit <= 0 || i < limit); i++)
        {
            BeginNext(loop, now);
        }
    }

    private bool HasMoreToBegin(LiveTask loop) =>
        (loop.Held.Count > 0 || loop.Children.Count < loop.Items!.Count) && !Canceling && !(options.Failure != FailureMode.KeepGoing && loop.AnyFailed);

    private void BeginNext(LiveTask loop, long now)
    {
        var iteration = loop.Held.TryDequeue(out var held) ? held : NewIteration(loop, loop.Children.Count, now);
        if (LoopItems.InputsOf(loop.Plan!.Spec, loop.Component, loop.Inputs!, loop.Items![iteration.Iteration!.Value]).TryGet(out var inputs, out var problem))
        {
            iteration.Inputs = inputs;
            Begin(iteration, now);
        }
        else
        {
            iteration.Error = problem.Message;
            _unblocked.Push(iteration);
        }
    }

    private LiveTask NewIteration(LiveTask loop, int i, long now)
    {
        var iteration = NewTask(loop.Plan, loop, loop.Plan!.UnitKind, loop.Component, $"{loop.Path}[{i}]", i, now);
        loop.Children.Add(iteration);
        return iteration;
    }

    private void ContinueLoop(LiveTask loop, long now)
    {
        if (HasMoreToBegin(loop))
        {
            BeginNext(loop, now);
        }
        else if (loop.Open == loop.Held.Count + loop.Items!.Count - loop.Children.Count)
        {
            // What is still open never began, and will not.
            CloseLoop(loop, now);
        }
    }

    private void CloseLoop(LiveTask loop, long now)
    {
        if (Close(loop, now))
        {
            loop.Outputs = Outputs.OfLoop(loop.Component, [.. loop.Children.Select(c => c.State == TaskState.Succeeded ? c.Outputs : null)]);
            End(loop, TaskEvent.Succeed, TaskCause.None, null, now);
        }
    }
}
