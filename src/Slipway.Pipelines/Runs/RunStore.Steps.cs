using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Runs;

/// <summary>An attempt at a step. <paramref name="Attempt"/> is the fencing token: only the newest attempt may finish the step.</summary>
internal sealed record ClaimedStep(RunRow Run, StepDefinition Step, long Attempt, string Owner, IReadOnlyDictionary<string, JsonObject?> Outputs);

internal sealed partial class RunStore
{
    private const string OpenRuns =
        $"SELECT {RunColumns} FROM pipeline_runs WHERE state IN ('Pending', 'Running') ORDER BY id LIMIT 100";

    private const string TakeStep =
        "UPDATE pipeline_steps SET state = 'Running', attempt = attempt + 1, owner = @owner, claimed_until = @until, started = @now, error = NULL "
        + "WHERE run_id = @run AND name = @name AND state = 'Pending' AND not_before <= @now";

    private const string StartRun = "UPDATE pipeline_runs SET state = 'Running' WHERE id = @run AND state = 'Pending'";

    private const string KeepStep =
        "UPDATE pipeline_steps SET claimed_until = @until WHERE run_id = @run AND name = @name AND attempt = @attempt AND owner = @owner AND state = 'Running'";

    private const string EndStep =
        "UPDATE pipeline_steps SET state = @state, finished = @now, error = @error, outputs = @outputs, not_before = @notBefore, owner = NULL, claimed_until = NULL "
        + "WHERE run_id = @run AND name = @name AND attempt = @attempt AND state = @from";

    private const string GiveBackExpired =
        "UPDATE pipeline_steps SET state = 'Pending', owner = NULL, claimed_until = NULL, error = 'the server that ran this attempt is gone' "
        + "WHERE state = 'Running' AND (claimed_until < @now OR (@all = 1 AND owner <> @owner))";

    private const string EndRun = "UPDATE pipeline_runs SET state = @state, finished = @now, error = @error WHERE id = @run AND state IN ('Pending', 'Running')";

    private const string SkipPending = "UPDATE pipeline_steps SET state = 'Skipped' WHERE run_id = @run AND state = 'Pending'";

    /// <summary>Takes the next ready step of the oldest open run that has one; null when there is nothing to do.</summary>
    public async Task<ClaimedStep?> ClaimAsync(string owner, TimeSpan lease, CancellationToken cancellation)
    {
        var claimed = await database.WriteAsync<ClaimedStep?>(
            async (session, _) =>
            {
                var now = time.GetUtcNow();
                foreach (var run in await session.QueryAsync<RunRow>(OpenRuns))
                {
                    var definition = DefinitionOf(run);
                    var steps = await session.QueryAsync<StepRow>(StepsOf, new { id = run.Id });
                    if (steps.Any(s => s.StateValue == StepState.Failed))
                    {
                        // A sibling that was still running may have been given back since: nothing is left to run, and nobody else would end the run.
                        await FinishRunIfDoneAsync(session, run, now);
                        continue;
                    }

                    foreach (var name in RunProgress.Ready(definition, steps.ToDictionary(s => s.Name, s => s.StateValue)))
                    {
                        var taken = await session.ExecuteAsync(TakeStep, new
                        {
                            run = run.Id, name, owner, until = TimeColumn.ToMicros(now + lease), now = TimeColumn.ToMicros(now),
                        });
                        if (taken == 1)
                        {
                            await session.ExecuteAsync(StartRun, new { run = run.Id });
                            return new ClaimedStep(
                                run, definition.Steps.First(s => s.Name == name), steps.First(s => s.Name == name).Attempt + 1, owner,
                                steps.Where(s => s.StateValue is StepState.Succeeded or StepState.Skipped)
                                    .ToDictionary(s => s.Name, s => s.Outputs is null ? null : (JsonObject?)JsonNode.Parse(s.Outputs)));
                        }
                    }
                }

                return (ClaimedStep?)null;
            },
            cancellation);
        return claimed.OrThrow();
    }

    /// <summary>Renews the claim; false when it was lost, and then the attempt must stop.</summary>
    public async Task<bool> KeepAsync(ClaimedStep step, TimeSpan lease, CancellationToken cancellation)
    {
        var kept = await database.WriteAsync<int>(
            async (session, _) => await session.ExecuteAsync(KeepStep, new
            {
                run = step.Run.Id, name = step.Step.Name, attempt = step.Attempt, owner = step.Owner, until = TimeColumn.ToMicros(time.GetUtcNow() + lease),
            }),
            cancellation);
        return kept.OrThrow() == 1;
    }

    /// <summary>
    /// Ends an attempt and, when it was the run's last, the run with its event: all in one transaction. Conflict when the attempt is not the newest.
    /// </summary>
    public Task<Result<PipelineRunState?>> EndStepAsync(
        ClaimedStep step, StepEvent happened, JsonObject? outputs, string? error, TimeSpan retryAfter, CancellationToken cancellation) =>
        database.WriteAsync<PipelineRunState?>(
            async (session, _) =>
            {
                var from = StepState.Running;
                if (!StepTransitions.Table.TryNext(from, happened, out var to))
                {
                    throw new InvalidOperationException($"A step cannot {happened} while {from}");
                }

                var now = time.GetUtcNow();
                var ended = await session.ExecuteAsync(EndStep, new
                {
                    run = step.Run.Id,
                    name = step.Step.Name,
                    attempt = step.Attempt,
                    from = from.ToString(),
                    state = to.ToString(),
                    now = TimeColumn.ToMicros(now),
                    error,
                    outputs = outputs?.ToJsonString(),
                    notBefore = TimeColumn.ToMicros(now + retryAfter),
                });
                if (ended != 1)
                {
                    return Problem.Conflict($"step {step.Step.Name} of run {step.Run.Id}: attempt {step.Attempt} is no longer the current one");
                }

                return await FinishRunIfDoneAsync(session, step.Run, now);
            },
            cancellation);

    /// <summary>
    /// Puts back steps whose owner is gone: those whose claim ran out (this server's own too: the end of an attempt may not have reached the database),
    /// and all of other servers when none can be alive.
    /// </summary>
    public async Task<int> GiveBackLostAsync(string owner, CancellationToken cancellation)
    {
        // The embedded database belongs to one server at a time (the data folder is locked), so at its start every claim is a dead one.
        var all = database.Dialect.Engine == DatabaseEngine.Sqlite ? 1 : 0;
        var given = await database.WriteAsync<int>(
            async (session, _) => await session.ExecuteAsync(GiveBackExpired, new { owner, all, now = TimeColumn.ToMicros(time.GetUtcNow()) }), cancellation);
        return given.OrThrow();
    }

    public Task<Result<Unit>> CancelAsync(string ns, string id, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                var run = await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { ns, id });
                if (run is null)
                {
                    return Problem.NotFound($"pipeline run {id}");
                }

                var now = time.GetUtcNow();
                if (await session.ExecuteAsync(EndRun, new { run = id, state = nameof(PipelineRunState.Cancelled), now = TimeColumn.ToMicros(now), error = "cancelled" }) == 1)
                {
                    await session.ExecuteAsync(SkipPending, new { run = id });
                    await session.AppendAsync(Finished(run, PipelineRunState.Cancelled, "cancelled"));
                }

                return Result.Ok;
            },
            cancellation);

    internal static PipelineDefinition DefinitionOf(RunRow run) => PipelineDefinition.Parse((JsonObject)JsonNode.Parse(run.Definition)!).Value;

    private static async Task<PipelineRunState?> FinishRunIfDoneAsync(IWriteSession session, RunRow run, DateTimeOffset now)
    {
        var steps = await session.QueryAsync<StepRow>(StepsOf, new { id = run.Id });
        if (RunProgress.Outcome([.. steps.Select(s => s.StateValue)]) is not { } outcome)
        {
            return null;
        }

        // The run fails for what failed first, whichever step happens to end last.
        var error = steps.Where(s => s.StateValue == StepState.Failed).MinBy(s => s.Finished)?.Error;
        if (await session.ExecuteAsync(EndRun, new { run = run.Id, state = outcome.ToString(), now = TimeColumn.ToMicros(now), error }) == 0)
        {
            return null;
        }

        await session.ExecuteAsync(SkipPending, new { run = run.Id });
        await session.AppendAsync(Finished(run, outcome, error));
        return outcome;
    }

    private static Slipway.Platform.Events.EventDraft Finished(RunRow run, PipelineRunState state, string? error) =>
        EventOf("pipeline.run.finished", run.Namespace, run.Id, new JsonObject
        {
            ["id"] = run.Id, ["pipeline"] = run.Pipeline, ["state"] = state.ToString(), ["error"] = error,
        });
}
