using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Runs;

internal sealed record RunRow(
    string Id, string Namespace, string Pipeline, string State, string Definition, string Parameters, string Labels, string Reason,
    long Created, long? Finished, string? Error);

internal sealed record StepRow(
    string RunId, string Name, long Position, string Component, string State, long Attempt, string? Owner, long? ClaimedUntil, long NotBefore,
    long? Started, long? Finished, string? Error, string? Outputs)
{
    public StepState StateValue => Enum.Parse<StepState>(State);
}

/// <summary>Runs and their steps. Claiming and finishing of steps is in RunStore.Steps.cs.</summary>
internal sealed partial class RunStore(IDatabase database, TimeProvider time)
{
    private const string RunColumns =
        "id AS Id, namespace AS Namespace, pipeline AS Pipeline, state AS State, definition AS Definition, parameters AS Parameters, "
        + "labels AS Labels, reason AS Reason, created AS Created, finished AS Finished, error AS Error";

    private const string StepColumns =
        "run_id AS RunId, name AS Name, position AS Position, component AS Component, state AS State, attempt AS Attempt, owner AS Owner, "
        + "claimed_until AS ClaimedUntil, not_before AS NotBefore, started AS Started, finished AS Finished, error AS Error, outputs AS Outputs";

    private const string FindByKey = $"SELECT {RunColumns} FROM pipeline_runs WHERE namespace = @ns AND idempotency_key = @key";

    private const string FindById = $"SELECT {RunColumns} FROM pipeline_runs WHERE namespace = @ns AND id = @id";

    private const string Newest =
        $"SELECT {RunColumns} FROM pipeline_runs WHERE namespace = @ns AND (@pipeline = '' OR pipeline = @pipeline) ORDER BY id DESC LIMIT @limit";

    private const string StepsOf = $"SELECT {StepColumns} FROM pipeline_steps WHERE run_id = @id ORDER BY position";

    private const string InsertRun =
        "INSERT INTO pipeline_runs (id, namespace, pipeline, state, definition, parameters, labels, reason, idempotency_key, created) "
        + "VALUES (@id, @ns, @pipeline, 'Pending', @definition, @parameters, @labels, @reason, @key, @now)";

    private const string InsertStep =
        "INSERT INTO pipeline_steps (run_id, name, position, component, state, attempt, not_before) VALUES (@run, @name, @position, @component, 'Pending', 0, 0)";

    /// <summary>Inserts the run and its steps, or finds the one that the same key made before.</summary>
    public Task<Result<RunRow>> InsertAsync(
        SubmitPipelineRun request, string id, PipelineDefinition definition, string definitionJson, JsonObject parameters, CancellationToken cancellation) =>
        database.WriteAsync<RunRow>(
            async (session, _) =>
            {
                var existing = await session.QuerySingleOrDefaultAsync<RunRow>(FindByKey, new { ns = request.Namespace, key = request.IdempotencyKey });
                if (existing is not null)
                {
                    return existing;
                }

                await session.ExecuteAsync(InsertRun, new
                {
                    id,
                    ns = request.Namespace,
                    pipeline = request.Pipeline,
                    definition = definitionJson,
                    parameters = parameters.ToJsonString(),
                    labels = LabelsToJson(request.Labels),
                    reason = request.Reason,
                    key = request.IdempotencyKey,
                    now = TimeColumn.ToMicros(time.GetUtcNow()),
                });
                await session.ExecuteAsync(InsertStep, definition.Steps.Select((s, i) => new { run = id, name = s.Name, position = (long)i, component = s.Uses }).ToList());
                await session.AppendAsync(EventOf("pipeline.run.submitted", request.Namespace, id, new JsonObject
                {
                    ["id"] = id, ["pipeline"] = request.Pipeline, ["reason"] = request.Reason, ["parameters"] = parameters.DeepClone(),
                }));
                return (await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { ns = request.Namespace, id }))!;
            },
            cancellation);

    public Task<RunRow?> FindByKeyAsync(string ns, string key, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<RunRow>(FindByKey, new { ns, key }), cancellation);

    public Task<(RunRow Run, IReadOnlyList<StepRow> Steps)?> FindAsync(string ns, string id, CancellationToken cancellation) =>
        database.ReadAsync<(RunRow, IReadOnlyList<StepRow>)?>(
            async (session, _) => await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { ns, id }) is { } run
                ? (run, await session.QueryAsync<StepRow>(StepsOf, new { id }))
                : null,
            cancellation);

    public Task<IReadOnlyList<RunRow>> ListAsync(string ns, string? pipeline, int limit, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<RunRow>(Newest, new { ns, pipeline = pipeline ?? "", limit }), cancellation);

    private static EventDraft EventOf(string type, string ns, string id, JsonObject payload) =>
        new(type, ns, $"pipelineruns/{id}", System.Text.Encoding.UTF8.GetBytes(payload.ToJsonString()));

    private static string LabelsToJson(IReadOnlyDictionary<string, string> labels) =>
        new JsonObject(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value))).ToJsonString();
}
