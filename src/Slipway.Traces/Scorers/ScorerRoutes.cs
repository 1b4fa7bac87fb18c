using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Scorers;

/// <summary><c>3.0/mlflow/scorers</c>: versions of scorers by name. They are kept and given out; clients run them.</summary>
internal static class ScorerRoutes
{
    private const string Root = "3.0/mlflow/scorers";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root + "/register", RegisterAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/list", call => ListAsync(call, (session, experiment) => ScorerStore.LatestAsync(session, call.Namespace, experiment))).RequirePermission("traces.read");
        routes.MapMlflow("GET", Root + "/versions", ListVersionsAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", Root + "/get", GetAsync).RequirePermission("traces.read");
        routes.MapMlflow("DELETE", Root + "/delete", DeleteAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/online-configs", ListOnlineAsync).RequirePermission("traces.read");
        routes.MapMlflow("PUT", Root + "/online-config", SetOnlineAsync).RequirePermission("traces.write");
    }

    private static async Task<Result<MlflowReply>> RegisterAsync(MlflowCall call)
    {
        var (experiment, name, serialized) = (call.Fields.Required("experiment_id"), call.Fields.Required("name"), call.Fields.Required("serialized_scorer"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (Fault(name, serialized) is { } fault)
        {
            return fault;
        }

        if ((await call.Service<TraceRecorder>().ActiveAsync(call.Namespace, experiment, call.Cancellation)).Problem is { } refused)
        {
            return refused;
        }

        var now = call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
        var added = await call.Service<IDatabase>().WriteAsync<ScorerRow>(
            async (session, _) =>
            {
                var before = await ScorerStore.VersionsAsync(session, call.Namespace, experiment, name);
                var scorer = new ScorerRow(experiment, name, (before.LastOrDefault()?.Version ?? 0) + 1, before.FirstOrDefault()?.Id ?? NewIds.Uuid(), serialized, now);
                await ScorerStore.AddAsync(session, call.Namespace, scorer);
                return scorer;
            },
            call.Cancellation);
        return added.Select(scorer => MlflowReply.Object(writer =>
        {
            writer.WriteNumber("version", scorer.Version);
            writer.WriteString("scorer_id", scorer.Id);
            writer.WriteString("experiment_id", scorer.ExperimentId);
            writer.WriteString("name", scorer.Name);
            writer.WriteString("serialized_scorer", scorer.Serialized);
            writer.WriteNumber("creation_time", scorer.Created);
        }));
    }

    private static Task<Result<MlflowReply>> ListVersionsAsync(MlflowCall call)
    {
        var name = call.Fields.Required("name");
        return ListAsync(call, async (session, experiment) =>
        {
            var versions = await ScorerStore.VersionsAsync(session, call.Namespace, experiment, name);
            return versions.Count > 0 ? versions : throw new ProblemException(NoScorer(experiment, name, null));
        });
    }

    private static async Task<Result<MlflowReply>> ListAsync(MlflowCall call, Func<IReadSession, string, Task<IReadOnlyList<ScorerRow>>> read)
    {
        var experiment = call.Fields.Required("experiment_id");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if ((await call.Service<TraceRecorder>().ActiveAsync(call.Namespace, experiment, call.Cancellation)).Problem is { } refused)
        {
            return refused;
        }

        var scorers = await call.Service<IDatabase>().ReadAsync((session, _) => read(session, experiment), call.Cancellation);
        return MlflowReply.Object(writer => TraceRoutes.WriteList(writer, "scorers", scorers, s => Write(writer, s)));
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call)
    {
        var (experiment, name, version) = (call.Fields.Required("experiment_id"), call.Fields.Required("name"), call.Fields.Int64("version"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if ((await call.Service<TraceRecorder>().ActiveAsync(call.Namespace, experiment, call.Cancellation)).Problem is { } refused)
        {
            return refused;
        }

        var versions = await call.Service<IDatabase>().ReadAsync((session, _) => ScorerStore.VersionsAsync(session, call.Namespace, experiment, name), call.Cancellation);
        return (version is null ? versions.LastOrDefault() : versions.FirstOrDefault(v => v.Version == version)) is { } scorer
            ? MlflowReply.Object(writer =>
            {
                writer.WriteStartObject("scorer");
                Write(writer, scorer);
                writer.WriteEndObject();
            })
            : NoScorer(experiment, name, versions.Count > 0 ? version : null);
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call)
    {
        var (experiment, name, version) = (call.Fields.Required("experiment_id"), call.Fields.Required("name"), call.Fields.Int64("version"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                var known = (await ScorerStore.VersionsAsync(session, call.Namespace, experiment, name)).Count > 0;
                return await ScorerStore.DeleteAsync(session, call.Namespace, experiment, name, version ?? 0) > 0 ? Result.Ok : NoScorer(experiment, name, known ? version : null);
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);
    }

    private static Problem? Fault(string name, string serialized)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return Problem.Invalid("Scorer name cannot be empty or contain only whitespace.");
        }

        if (JsonText.Parse(serialized) is not JsonObject scorer)
        {
            return Problem.Invalid("serialized_scorer must be valid JSON");
        }

        if (ModelOf(scorer) is { } model && !(model.TryGetValue<string>(out var named) && named.Trim().Length > 0))
        {
            return Problem.Invalid("Scorer model cannot be empty or contain only whitespace.");
        }

        // A scorer from a decorator is source code that clients would execute when they load it.
        return scorer["call_source"] is not null
            ? Problem.Invalid("Scorer must be a builtin or decorator scorer to be registered. Custom scorer registration (using @scorer decorator) is not supported outside of Databricks tracking environments due to security concerns.")
            : null;
    }

    // No scorer runs on this server, so none has a configuration for that.
    private static Task<Result<MlflowReply>> ListOnlineAsync(MlflowCall call) => Task.FromResult<Result<MlflowReply>>(MlflowReply.Object(writer =>
    {
        writer.WriteStartArray("configs");
        writer.WriteEndArray();
    }));

    private static async Task<Result<MlflowReply>> SetOnlineAsync(MlflowCall call)
    {
        var (experiment, name) = (call.Fields.Required("experiment_id"), call.Fields.Required("name"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var known = await call.Service<IDatabase>().ReadAsync((session, _) => ScorerStore.VersionsAsync(session, call.Namespace, experiment, name), call.Cancellation);
        return known.Count == 0
            ? NoScorer(experiment, name, null)
            : Problem.Invalid($"Scorer '{name}' does not use a gateway model. Only those are run by a server, and this one offers no gateway: evaluate in your own process, and log the feedback here.");
    }

    // The places where the clients' own scorers keep the name of their model.
    private static JsonValue? ModelOf(JsonObject scorer) =>
        (scorer["instructions_judge_pydantic_data"] ?? scorer["builtin_scorer_pydantic_data"] ?? scorer["third_party_scorer_data"]) is JsonObject data ? data["model"] as JsonValue
        : scorer["memory_augmented_judge_data"] is JsonObject memory && memory["base_judge"] is JsonObject judge ? ModelOf(judge) : null;

    private static Problem NoScorer(string experiment, string name, long? version) => new(
        ProblemCode.NotFound, $"Scorer with name '{name}'{(version is null ? "" : $" and version {version}")} not found for experiment {experiment}.");

    private static void Write(Utf8JsonWriter writer, ScorerRow s)
    {
        // An int32 in MLflow's protocol, though ids are texts.
        if (long.TryParse(s.ExperimentId, out var number))
        {
            writer.WriteNumber("experiment_id", number);
        }

        writer.WriteString("scorer_name", s.Name);
        writer.WriteNumber("scorer_version", s.Version);
        writer.WriteString("serialized_scorer", s.Serialized);
        writer.WriteNumber("creation_time", s.Created);
        writer.WriteString("scorer_id", s.Id);
    }
}
