using System.Globalization;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Recording;

/// <inheritdoc cref="IRunRecorder"/>
internal sealed class RunRecorder(IDatabase database, MetricFeed feed, TimeProvider time) : IRunRecorder
{
    public async Task<Result<Unit>> StartAsync(RunStart run, CancellationToken cancellation)
    {
        if (RunRules.Check(run) is { } bad)
        {
            return bad;
        }

        var user = CallIdentity.Current;
        return await database.WriteAsync((session, _) => StartAsync(session, run, user), cancellation);
    }

    public async Task<Result<Unit>> LogAsync(
        string ns, string runId, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<RunMetric> metrics, CancellationToken cancellation)
    {
        if ((RunRules.Check(ns, runId) ?? RunRules.Check(parameters, metrics)) is { } bad)
        {
            return bad;
        }

        var points = metrics.Select(m => PointRow.Of(m.Key, m.Value, m.Step, Micros.Of(m.Time))).ToArray();
        var logged = await database.WriteAsync((session, _) => LogAsync(session, ns, runId, parameters, points), cancellation);
        if (logged.Succeeded)
        {
            feed.Publish(ns, runId, points);
        }

        return logged;
    }

    public async Task<Result<Unit>> FinishAsync(string ns, string runId, RunStatus status, CancellationToken cancellation)
    {
        if (RunRules.Check(ns, runId) is { } bad)
        {
            return bad;
        }

        return status is RunStatus.Running or RunStatus.Scheduled
            ? Problem.Invalid([new Fault("status", $"a run cannot finish as {status}; give Finished, Failed or Killed")])
            : await database.WriteAsync((session, _) => FinishAsync(session, ns, runId, status), cancellation);
    }

    private async Task<Result<Unit>> StartAsync(IWriteSession session, RunStart run, string user)
    {
        await DefaultExperiments.EnsureAsync(session, run.Namespace, time);
        var now = Micros.Of(time.GetUtcNow());
        var experiment = await ExperimentStore.AddAsync(session, run.Namespace, run.Experiment, null, now);
        if (experiment is not null)
        {
            await TrackingEvents.ExperimentAsync(session, "experiment.created", experiment);
        }

        experiment ??= (await ExperimentStore.FindByNameAsync(session, run.Namespace, run.Experiment))!;
        var isNew = await RunStore.AddAsync(session, experiment, run.RunId, run.Name, "RUNNING", user, now) is not null;
        var current = (await RunStore.FindAsync(session, run.Namespace, run.RunId))!;
        if (current.ExperimentName != run.Experiment)
        {
            return Problem.Conflict($"run {run.RunId} belongs to experiment {current.ExperimentName}, not {run.Experiment}; choose another run id");
        }

        await ValueStore.SetTagsAsync(session, current.Number, run.Tags);
        if (isNew)
        {
            if (run.Name.Length > 0)
            {
                await ValueStore.SetTagsAsync(session, current.Number, [new(RunLog.NameTag, run.Name)]);
            }

            await TrackingEvents.RunAsync(session, "run.started", current.ToSummary());
            return Result.Ok;
        }

        return await MoveAsync(session, current, RunHappening.Started);
    }

    private static async Task<Result<Unit>> LogAsync(
        IWriteSession session, string ns, string runId, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<PointRow> points)
    {
        if (await RunStore.FindKeyAsync(session, ns, runId) is not { } run)
        {
            return NoRun(ns, runId);
        }

        await ValueStore.AddParamsAsync(session, run.Number, parameters);

        // Read after writing: whoever set a parameter first, here or at the same moment elsewhere, shows.
        var stand = await ValueStore.ParamsAsync(session, run.Number);
        Fault[] changed = [.. parameters.Where(p => stand[p.Key] != p.Value).Select(p => new Fault($"parameters.{p.Key}", $"is '{stand[p.Key]}' already, not '{p.Value}'"))];
        if (changed.Length > 0)
        {
            return Problem.Conflict($"run {runId} has other parameters already: {string.Join("; ", changed.Select(f => $"{f.Path} {f.Message}"))}") with { Faults = changed };
        }

        await MetricStore.AddAsync(session, run.Number, run.Experiment, points);
        return Result.Ok;
    }

    private async Task<Result<Unit>> FinishAsync(IWriteSession session, string ns, string runId, RunStatus status) =>
        await RunStore.FindAsync(session, ns, runId) is { } current
            ? await MoveAsync(session, current, RunTransitions.For(status))
            : NoRun(ns, runId);

    private async Task<Result<Unit>> MoveAsync(IWriteSession session, RunRow run, RunHappening happening)
    {
        var summary = run.ToSummary();
        if (!RunTransitions.Table.TryNext(summary.Status, happening, out var next))
        {
            return Problem.Conflict(string.Create(
                CultureInfo.InvariantCulture, $"run {run.Id} is {summary.Status} already and cannot become {happening}; start it again or choose another run id"));
        }

        if (next == summary.Status)
        {
            return Result.Ok;
        }

        DateTimeOffset? finished = next == RunStatus.Running ? null : time.GetUtcNow();
        await RunStore.SetStateAsync(session, run.Number, next.ToString().ToUpperInvariant(), finished is { } end ? Micros.Of(end) : null);
        await TrackingEvents.RunAsync(session, next == RunStatus.Running ? "run.started" : "run.finished", summary with { Status = next, Finished = finished });
        return Result.Ok;
    }

    private static Problem NoRun(string ns, string runId) => new(ProblemCode.NotFound, $"run {runId} in namespace {ns} not found; start it first");
}
