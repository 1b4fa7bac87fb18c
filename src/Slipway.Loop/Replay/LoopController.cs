using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Definitions;
using Slipway.Loop.Domain;
using Slipway.Loop.Progress;
using Slipway.Loop.Reports;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;

namespace Slipway.Loop.Replay;

/// <summary>Drives loops: each reconcile does the next piece of work and writes down that it is done, so a restart goes on where it was.</summary>
internal sealed class LoopController(
    IResourceStore resources, IDatasets datasets, IPipelineRuns runs, LoopStore store, LoopChildren children, ReplayStep replay, SettleBarrier barrier,
    WindowReport reports, Journal journal, TimeProvider time) : IController
{
    private static readonly string OwnSubject = LoopKind.Kind.SubjectPrefix + "/";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, LoopData> _data = new();

    public string Name => "loop";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "pipeline.run.finished"];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        if (e.Subject.StartsWith(OwnSubject, StringComparison.Ordinal))
        {
            // Its own status writes would wake it for nothing.
            return e.Actor == "controller:loop" ? [] : [new ResourceRef(e.Namespace, e.Subject[OwnSubject.Length..])];
        }

        return [];
    }

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) =>
        (await resources.ListAsync(LoopKind.Kind, new ListQuery(), cancellation)).TryGet(out var list, out _)
            ? [.. list.Items.Select(r => new ResourceRef(r.Namespace, r.Name))]
            : [];

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = (await resources.GetAsync(LoopKind.Kind, key.Namespace, key.Name, cancellation)).TryGet(out var loop, out _);
        await store.ForgetOthersAsync(key.Namespace, key.Name, loop?.Uid, cancellation);
        if (!found || loop!.IsDeleting)
        {
            return ReconcileOutcome.Done;
        }

        var started = Stopwatch.GetTimestamp();
        var state = await store.FindAsync(loop.Uid, cancellation)
            ?? new LoopState(loop.Uid, loop.Namespace, loop.Name, nameof(LoopPhase.Training), 0, 0, 0, 0, 0, 0, 0, 0, "training the first model");
        if (LoopTransitions.Table.IsFinal(state.PhaseValue))
        {
            return ReconcileOutcome.Done;
        }

        if (!(await DataOfAsync(loop, cancellation)).TryGet(out var data, out var problem))
        {
            return await BreakAsync(loop, state, problem, cancellation);
        }

        var moved = state.PhaseValue switch
        {
            LoopPhase.Training => await TrainAsync(data, state, cancellation),
            LoopPhase.Deploying => await DeployAsync(data, state, cancellation),
            _ => await StepAsync(data, state, started, cancellation),
        };
        if (!moved.TryGet(out var outcome, out problem))
        {
            // What is away may come back; what is wrong stays wrong.
            return problem.Code is ProblemCode.Unavailable or ProblemCode.Conflict or ProblemCode.Exhausted
                ? ReconcileOutcome.Retry(problem.Message)
                : await BreakAsync(loop, state, problem, cancellation);
        }

        return outcome;
    }

    private async Task<Result<ReconcileOutcome>> TrainAsync(LoopData data, LoopState state, CancellationToken cancellation)
    {
        state = state with { Steps = data.Plan.Steps.Count, At = TimeColumn.ToMicros(data.Plan.Training.Until) };
        if (!(await ApplyAsync(children.Pipeline(data.Loop), cancellation)).TryGet(out _, out var problem)
            || !(await runs.SubmitAsync(FirstRun(data), cancellation)).TryGet(out var run, out problem))
        {
            return problem;
        }

        if (!run.IsFinished)
        {
            await SaveAsync(data.Loop, state, "training the first model", [], [], cancellation);
            return ReconcileOutcome.ComeBack(TimeSpan.FromMilliseconds(50));
        }

        if (run.State != PipelineRunState.Succeeded)
        {
            return Problem.Invalid($"the first model could not be trained: {run.Error}");
        }

        return await SaveAsync(data.Loop, Move(state, LoopHappening.Trained), "putting the first model behind its endpoint", [], [], cancellation);
    }

    private async Task<Result<ReconcileOutcome>> DeployAsync(LoopData data, LoopState state, CancellationToken cancellation)
    {
        if (!(await runs.SubmitAsync(FirstRun(data), cancellation)).TryGet(out var first, out var problem))
        {
            return problem;
        }

        var collected = first.Steps.First(s => s.Name == "collect").Outputs!;
        Resource[] wanted =
        [
            children.Service(data.Loop),
            children.Monitor(data.Loop, data.Spec, (string)collected["dataset"]!, (string)collected["version"]!),
            children.PromotionPolicy(data.Loop),
            children.Trigger(data.Loop, SubjectJson(data), data.CooldownSteps()),
        ];
        foreach (var child in wanted)
        {
            if (!(await ApplyAsync(child, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }
        }

        if (await barrier.ServiceLagsAsync(data.Namespace, data.Name, cancellation) is { } lag)
        {
            await SaveAsync(data.Loop, state, $"waiting for {lag}", [], [], cancellation);
            return ReconcileOutcome.ComeBack(TimeSpan.FromMilliseconds(50));
        }

        return await SaveAsync(data.Loop, Move(state, LoopHappening.Deployed), "replaying", [], [], cancellation);
    }

    private async Task<Result<ReconcileOutcome>> StepAsync(LoopData data, LoopState state, long started, CancellationToken cancellation)
    {
        var index = (int)state.Step;
        var step = data.Plan.Steps[index];
        var last = index == data.Plan.Steps.Count - 1;
        if (!(await ServeAsync(data, state, step, cancellation)).TryGet(out var served, out var problem))
        {
            return problem;
        }

        state = served;
        var from = index == 0 ? data.Plan.Steps[0].From : data.Plan.WatermarkAfter(index - 1, data.Spec);
        var watermark = last ? step.Until : data.Plan.WatermarkAfter(index, data.Spec);
        if (watermark > data.Plan.Steps[0].From)
        {
            if (!(await replay.LabelAsync(data, from, watermark, cancellation)).TryGet(out _, out problem)
                || !(await SettleAsync(data, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }
        }

        if (!(await PlantFaultAsync(data, state, index, watermark, cancellation)).TryGet(out var planted, out problem)
            || !(await NewWindowsAsync(data, last ? DateTimeOffset.MaxValue : watermark, cancellation)).TryGet(out var windows, out problem))
        {
            return problem;
        }

        var (entries, cursor) = await journal.HarvestAsync(data.Namespace, data.Name, state.Uid, state.EventCursor, step.Until, cancellation);
        state = state with
        {
            Step = index + 1,
            At = TimeColumn.ToMicros(step.Until),
            Planted = planted ? 1 : state.Planted,
            EventCursor = cursor,
            Micros = state.Micros + (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds,
        };
        return last
            ? await SaveAsync(data.Loop, Move(state, LoopHappening.DataEnded), "finished", entries, windows, cancellation)
            : await SaveAsync(data.Loop, state, $"step {index + 1} of {data.Plan.Steps.Count}: {step.Label}", entries, windows, cancellation);
    }

    /// <summary>
    /// Sends the step's rows, unless that is done. It is written down before the first label of the step goes out: labels move rollouts on, and rows that
    /// were sent again after that would be answered and mirrored by other versions than those which were live in their time.
    /// </summary>
    private async Task<Result<LoopState>> ServeAsync(LoopData data, LoopState state, Stretch step, CancellationToken cancellation)
    {
        if (state.Sent >= step.EndRow - data.Plan.Training.EndRow)
        {
            return state;
        }

        if (!(await replay.SendAsync(data, step, cancellation)).TryGet(out var failed, out var problem))
        {
            return problem;
        }

        state = state with { Sent = state.Sent + step.Rows, Failed = state.Failed + failed };
        return (await store.SaveAsync(state, [], [], cancellation)).Select(_ => state);
    }

    private async Task<Result<Unit>> SettleAsync(LoopData data, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (await barrier.WaitingForAsync(data.Namespace, data.Name, cancellation) is { } what)
        {
            if (time.GetElapsedTime(started) > SettleLimit)
            {
                return Problem.Invalid($"waited {SettleLimit.TotalMinutes:0} minutes for {what}; look at its status with `slipway describe`");
            }

            await Task.Delay(Poll, time, cancellation);
        }

        return Result.Ok;
    }

    /// <summary>A drill: at two fifths of the way a training with corrupted labels is started by hand, to see the rollout withdraw what it makes.</summary>
    private async Task<Result<bool>> PlantFaultAsync(LoopData data, LoopState state, int index, DateTimeOffset watermark, CancellationToken cancellation)
    {
        if (state.Planted == 1 || !data.Spec.Faults.Contains(LoopSpec.CorruptedChallenger) || index < data.Plan.Steps.Count * 2 / 5
            || await barrier.RolloutUnderWayAsync(data.Namespace, data.Name, cancellation))
        {
            return false;
        }

        const string Reason = "drill: a challenger trained on corrupted labels";
        var parameters = new JsonObject
        {
            ["subject"] = SubjectJson(data), ["until"] = watermark.UtcDateTime.ToString("O"), ["reason"] = Reason, ["fault"] = "corrupt-labels",
        };
        var submitted = await runs.SubmitAsync(
            new SubmitPipelineRun(data.Namespace, LoopChildren.PipelineOf(data.Name), parameters, $"loop:{data.Loop.Uid}:fault", Reason), cancellation);
        return submitted.TryGet(out _, out var problem) && (await SettleAsync(data, cancellation)).TryGet(out _, out problem) ? true : problem!;
    }

    private async Task<Result<List<WindowResult>>> NewWindowsAsync(LoopData data, DateTimeOffset watermark, CancellationToken cancellation)
    {
        var made = (await store.WindowsAsync(data.Loop.Uid, cancellation)).Select(w => w.Position).ToHashSet();
        var results = new List<WindowResult>();
        foreach (var (position, window) in data.Plan.Windows.Index())
        {
            if (window.Until > watermark || made.Contains(position))
            {
                continue;
            }

            if (!(await reports.MakeAsync(data, position, cancellation)).TryGet(out var result, out var problem))
            {
                return problem;
            }

            results.Add(result);
        }

        return results;
    }

    private async Task<Result<LoopData>> DataOfAsync(Resource loop, CancellationToken cancellation)
    {
        if (_data.TryGetValue(loop.Uid, out var known) && known.Loop.Generation == loop.Generation)
        {
            return known with { Loop = loop };
        }

        var read = await LoopData.ReadAsync(datasets, loop, cancellation);
        if (read.TryGet(out var data, out _))
        {
            _data[loop.Uid] = data;
        }

        return read;
    }

    private SubmitPipelineRun FirstRun(LoopData data) =>
        new(data.Namespace, LoopChildren.PipelineOf(data.Name), new JsonObject { ["subject"] = SubjectJson(data), ["reason"] = "the first model" },
            $"loop:{data.Loop.Uid}:first", "the first model");

    private static JsonObject SubjectJson(LoopData data) => (JsonObject)JsonSerializer.SerializeToNode(data.Subject, SubjectContext.Default.Subject)!;

    private Task<Result<Resource>> ApplyAsync(Resource child, CancellationToken cancellation) =>
        resources.ApplyAsync(children.KindOf(child), child, Name, cancellation);

    private static LoopState Move(LoopState state, LoopHappening happened) =>
        LoopTransitions.Table.TryNext(state.PhaseValue, happened, out var next)
            ? state with { Phase = next.ToString() }
            : throw new InvalidOperationException($"A loop cannot meet {happened} while {state.Phase}");

    private async Task<ReconcileOutcome> BreakAsync(Resource loop, LoopState state, Problem problem, CancellationToken cancellation)
    {
        var saved = await SaveAsync(loop, Move(state, LoopHappening.Broke), problem.Message, [], [], cancellation);
        return saved.Succeeded ? ReconcileOutcome.Done : ReconcileOutcome.Retry(saved.Problem.Message);
    }

    private async Task<Result<ReconcileOutcome>> SaveAsync(
        Resource loop, LoopState state, string message, IReadOnlyList<JournalEntry> entries, IReadOnlyList<WindowResult> windows, CancellationToken cancellation)
    {
        state = state with { Message = message };
        if (!(await store.SaveAsync(state, entries, windows, cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var status = loop.Clone();
        status.Metadata.Remove("resourceVersion");
        status.Status["phase"] = state.Phase;
        status.Status["step"] = state.Step;
        status.Status["steps"] = state.Steps;
        status.Status["time"] = TimeColumn.FromMicros(state.At).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ");
        status.Status["message"] = message;
        var done = state.PhaseValue == LoopPhase.Finished;
        Conditions.Set(status, "Complete", done ? "True" : "False", state.Phase, message, time.GetUtcNow());
        var written = await resources.UpdateStatusAsync(LoopKind.Kind, status, new WriteOptions(Name), cancellation);
        return written.Succeeded || written.Problem.Code == ProblemCode.NotFound
            ? LoopTransitions.Table.IsFinal(state.PhaseValue) ? ReconcileOutcome.Done : ReconcileOutcome.ComeBack(TimeSpan.Zero)
            : written.Problem;
    }
}
