using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Tracking.Domain;

namespace Slipway.Tracking.Recording;

/// <inheritdoc cref="IRunRecorder"/>
internal sealed class RunRecorder(IDatabase database, TimeProvider time) : IRunRecorder
{
    public async Task<Result<Unit>> StartAsync(RunStart run, CancellationToken cancellation)
    {
        if (RunRules.Check(run) is { } bad)
        {
            return bad;
        }

        // 18 digits: MLflow's clients treat experiment ids as numbers in some places, and this many never collide by chance.
        var experimentId = RandomNumberGenerator.GetString("123456789", 1) + RandomNumberGenerator.GetString("0123456789", 17);
        var user = CallIdentity.Current;
        return await database.WriteAsync((session, _) => StartAsync(session, run, experimentId, user), cancellation);
    }

    public async Task<Result<Unit>> LogAsync(
        string ns, string runId, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<RunMetric> metrics, CancellationToken cancellation)
    {
        if ((RunRules.Check(ns, runId) ?? RunRules.Check(parameters, metrics)) is { } bad)
        {
            return bad;
        }

        return await database.WriteAsync((session, _) => LogAsync(session, ns, runId, parameters, metrics), cancellation);
    }

    public async Task<Result<Unit>> FinishAsync(string ns, string runId, RunStatus status, CancellationToken cancellation)
    {
        if (RunRules.Check(ns, runId) is { } bad)
        {
            return bad;
        }

        return status == RunStatus.Running
            ? Problem.Invalid([new Fault("status", "a run cannot finish as Running; give Finished, Failed or Killed")])
            : await database.WriteAsync((session, _) => FinishAsync(session, ns, runId, status), cancellation);
    }

    private async Task<Result<Unit>> StartAsync(IWriteSession session, RunStart run, string newExperimentId, string user)
    {
        var now = time.GetUtcNow();
        var experimentId = await RunStore.EnsureExperimentAsync(session, run.Namespace, run.Experiment, newExperimentId, now);
        var isNew = await RunStore.AddRunAsync(session, run, experimentId, user, now);
        var current = (await RunStore.FindAsync(session, run.Namespace, run.RunId))!;
        if (current.Experiment != run.Experiment)
        {
            return Problem.Conflict($"run {run.RunId} belongs to experiment {current.Experiment}, not {run.Experiment}; choose another run id");
        }

        await RunStore.SetTagsAsync(session, run.Namespace, run.RunId, run.Tags);
        if (isNew)
        {
            await AppendAsync(session, "run.started", current);
            return Result.Ok;
        }

        return await MoveAsync(session, current, RunHappening.Started);
    }

    private static async Task<Result<Unit>> LogAsync(
        IWriteSession session, string ns, string runId, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<RunMetric> metrics)
    {
        if (await RunStore.FindAsync(session, ns, runId) is null)
        {
            return NoRun(ns, runId);
        }

        await RunStore.AddParamsAsync(session, ns, runId, parameters);

        // Read after writing: whoever set a parameter first, here or at the same moment elsewhere, shows.
        var stand = await RunStore.ParamsAsync(session, ns, runId);
        Fault[] changed = [.. parameters.Where(p => stand[p.Key] != p.Value).Select(p => new Fault($"parameters.{p.Key}", $"is '{stand[p.Key]}' already, not '{p.Value}'"))];
        if (changed.Length > 0)
        {
            return Problem.Conflict($"run {runId} has other parameters already: {string.Join("; ", changed.Select(f => $"{f.Path} {f.Message}"))}") with { Faults = changed };
        }

        await RunStore.AddMetricsAsync(session, ns, runId, metrics);
        return Result.Ok;
    }

    private async Task<Result<Unit>> FinishAsync(IWriteSession session, string ns, string runId, RunStatus status) =>
        await RunStore.FindAsync(session, ns, runId) is { } current
            ? await MoveAsync(session, current, RunTransitions.For(status))
            : NoRun(ns, runId);

    private async Task<Result<Unit>> MoveAsync(IWriteSession session, RunSummary run, RunHappening happening)
    {
        if (!RunTransitions.Table.TryNext(run.Status, happening, out var next))
        {
            return Problem.Conflict(string.Create(
                CultureInfo.InvariantCulture, $"run {run.Id} is {run.Status} already and cannot become {happening}; start it again or choose another run id"));
        }

        if (next == run.Status)
        {
            return Result.Ok;
        }

        DateTimeOffset? finished = next == RunStatus.Running ? null : time.GetUtcNow();
        await RunStore.SetStatusAsync(session, run.Namespace, run.Id, next, finished);
        await AppendAsync(session, next == RunStatus.Running ? "run.started" : "run.finished", run with { Status = next, Finished = finished });
        return Result.Ok;
    }

    private static Task<long> AppendAsync(IWriteSession session, string type, RunSummary run) =>
        session.AppendAsync(new EventDraft(type, run.Namespace, $"runs/{run.Id}", JsonSerializer.SerializeToUtf8Bytes(run, TrackingJson.Default.RunSummary)));

    private static Problem NoRun(string ns, string runId) => new(ProblemCode.NotFound, $"run {runId} in namespace {ns} not found; start it first");
}
