using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Storage;

/// <summary>A run that has ended goes on: for a retry, or from a task on.</summary>
internal sealed partial class RunStore
{
    // Of the parameters that SQLite allows in one statement, at least 999.
    private const int MostPaths = 900;

    private const string ReopenRun =
        "UPDATE pipeline_runs SET state = @State, started = NULL, finished = NULL, error = NULL, outputs = NULL, state_history = @StateHistory, owner = NULL, "
        + "token = token + 1 WHERE id = @Id AND state = @from";

    private const string ForgetTasks = "DELETE FROM pipeline_tasks WHERE run_id = @run AND path IN @paths";

    private const string ForgetArtifacts = "DELETE FROM pipeline_artifacts WHERE run_id = @run AND path IN @paths";

    private const string ReopenGroups =
        "UPDATE pipeline_tasks SET state = 'Running', cause = 'None', finished = NULL, error = NULL, outputs = NULL WHERE run_id = @run AND path IN @paths";

    /// <param name="run">As it was read; Conflict when it has changed since.</param>
    /// <param name="gone">Paths of tasks to be done again.</param>
    /// <param name="reopened">Paths of groups around them.</param>
    public Task<Result<RunRow>> ReopenAsync(RunRow run, IReadOnlyCollection<string> gone, IReadOnlyCollection<string> reopened, CancellationToken cancellation) =>
        database.WriteAsync<RunRow>(
            async (session, _) =>
            {
                if (!RunTransitions.Table.TryNext(run.StateValue, RunEvent.Reopen, out var to))
                {
                    throw new InvalidOperationException($"A run cannot be reopened while {run.State}.");
                }

                var history = (JsonArray)JsonNode.Parse(run.StateHistory)!;
                history.Add((JsonNode)new JsonObject { ["state"] = to.ToString(), ["time"] = Micros.Of(time.GetUtcNow()) });
                var open = run with { State = to.ToString(), StateHistory = history.ToJsonString(), Started = null, Finished = null, Error = null, Outputs = null };
                if (await session.ExecuteAsync(ReopenRun, new { open.Id, open.State, open.StateHistory, from = run.State }) != 1)
                {
                    return Problem.Conflict($"pipeline run {run.Id} has changed meanwhile: look at it and try again");
                }

                foreach (var paths in gone.Chunk(MostPaths))
                {
                    await session.ExecuteAsync(ForgetTasks, new { run = run.Id, paths });
                    await session.ExecuteAsync(ForgetArtifacts, new { run = run.Id, paths });
                }

                foreach (var paths in reopened.Chunk(MostPaths))
                {
                    await session.ExecuteAsync(ReopenGroups, new { run = run.Id, paths });
                }

                await session.AppendAsync(EventOf("pipeline.run.reopened", run.Namespace, run.Id, new JsonObject
                {
                    ["id"] = run.Id, ["pipeline"] = run.Pipeline, ["tasks"] = gone.Count,
                }));
                return open;
            },
            cancellation);
}
