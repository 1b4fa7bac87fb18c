using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Runs;

/// <summary>
/// <c>POST runs/create-promptlab-run</c>, what MLflow's page for trying prompts sends: the prompt, its parameters and what a model answered become a
/// finished run with a table of one row. No model is logged with it: MLflow's would call its own gateway.
/// </summary>
internal static class CreatePromptRun
{
    private const string Table = "eval_results_table.json";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/runs/create-promptlab-run", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var experiment = Asked(fields, "experiment_id");
        var template = Asked(fields, "prompt_template");
        if (fields.Problem is null && fields.Objects("prompt_parameters").Count == 0)
        {
            fields.Reject(Missing("prompt_parameters"));
        }

        var (route, input) = (Asked(fields, "model_route"), Asked(fields, "model_input"));
        Asked(fields, "mlflow_version");
        var (output, user, name) = (fields.Text("model_output") ?? "", fields.Text("user_id") ?? "unknown", fields.Text("run_name") ?? "");
        var (asked, told, tags) = (Pairs(fields, "prompt_parameters"), Pairs(fields, "model_output_parameters"), Tags(fields));
        var parameters = new LogEntry { Parameters = [.. Pairs(fields, "model_parameters"), new("model_route", route), new("prompt_template", template)] };
        var started = fields.Micros("start_time") ?? call.Now();
        if ((fields.Problem ?? Check(parameters.Parameters) ?? MlflowNames.Length("run_name", 8000, name) ?? MlflowNames.Length("user_id", 256, user)
            ?? await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation)) is { } bad)
        {
            return bad;
        }

        tags.Add(new("mlflow.loggedArtifacts", $$"""[{"path": "{{Table}}", "type": "table"}]"""));
        tags.Add(new("mlflow.runSourceType", "PROMPT_ENGINEERING"));
        name = name.Length > 0 ? name : RunNames.Make(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        tags.Add(new(RunLog.NameTag, name));
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var made = await call.Service<IDatabase>().WriteAsync(
            (session, _) => AddAsync(session, call, new Wanted(experiment, id, name, user, started), tags), call.Cancellation);
        if (!made.TryGet(out var run, out var problem)
            || !(await call.Service<RunLog>().AddAsync(call.Namespace, id, parameters, call.Cancellation)).TryGet(out _, out problem))
        {
            return problem;
        }

        using var table = new MemoryStream(TableOf(asked, told, input, output));
        var kept = await call.Service<IArtifactFiles>().WriteAsync(call.Namespace, $"{run.ArtifactUri}/{Table}", table, call.Cancellation);
        return kept.TryGet(out _, out problem) ? await FinishAsync(call, id, call.Now()) : problem;
    }

    private static async Task<Result<RunRow>> AddAsync(IWriteSession session, MlflowCall call, Wanted wanted, List<KeyValuePair<string, string>> tags)
    {
        if (!(await Guard.ActiveExperimentAsync(session, call.Namespace, wanted.Experiment)).TryGet(out var experiment, out var problem))
        {
            return problem;
        }

        var number = (await RunStore.AddAsync(session, experiment, wanted.Id, wanted.Name, "RUNNING", wanted.User, wanted.Started))!.Value;
        await ValueStore.SetTagsAsync(session, number, tags);
        var run = (await RunStore.FindAsync(session, call.Namespace, wanted.Id))!;
        await TrackingEvents.RunAsync(session, "run.started", run.ToSummary());
        return run;
    }

    private static async Task<Result<MlflowReply>> FinishAsync(MlflowCall call, string id, long now) => await call.Service<IDatabase>().WriteAsync<MlflowReply>(
        async (session, _) =>
        {
            if (await RunStore.FindAsync(session, call.Namespace, id) is not { } run)
            {
                return Guard.NoRun(id);
            }

            await RunStore.SetStateAsync(session, run.Number, "FINISHED", now);
            var finished = run with { Status = "FINISHED", Finished = now };
            await TrackingEvents.RunAsync(session, "run.finished", finished.ToSummary());
            var parts = await RunParts.ReadAsync(session, [finished]);
            return MlflowReply.Object(writer =>
            {
                writer.WritePropertyName("run");
                writer.WriteRun(finished, parts);
            });
        },
        call.Cancellation);

    private static byte[] TableOf(
        IReadOnlyList<KeyValuePair<string, string>> asked, IReadOnlyList<KeyValuePair<string, string>> told, string input, string output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, MlflowJson.Options))
        {
            writer.WriteStartObject();
            WriteList(writer, "columns", [.. asked.Select(p => p.Key), "prompt", "output", .. told.Select(p => p.Key)]);
            writer.WriteStartArray("data");
            WriteList(writer, null, [.. asked.Select(p => p.Value), input, output, .. told.Select(p => p.Value)]);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteList(Utf8JsonWriter writer, string? name, IReadOnlyList<string> texts)
    {
        if (name is not null)
        {
            writer.WritePropertyName(name);
        }

        writer.WriteStartArray();
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    // Pages send numbers as numbers; parameters are texts.
    private static List<KeyValuePair<string, string>> Pairs(MlflowFields fields, string list) =>
        [.. fields.Objects(list).Select(p => KeyValuePair.Create(
            p.Required("key"), p.Json("value") is { ValueKind: not JsonValueKind.String } value ? value.GetRawText() : p.Text("value") ?? ""))];

    private static List<KeyValuePair<string, string>> Tags(MlflowFields fields) =>
        [.. fields.Objects("tags").Select((t, i) => LogFields.Tag(t, string.Create(CultureInfo.InvariantCulture, $"tags[{i}]")))];

    private static Problem? Check(IReadOnlyList<KeyValuePair<string, string>> parameters) => parameters
        .Select(p => MlflowNames.Key(p.Key, "model_parameters.key") ?? MlflowNames.Length("Param key", MlflowNames.LongestKey, p.Key)
            ?? MlflowNames.Length("Param value", 6000, p.Value))
        .FirstOrDefault(p => p is not null);

    private static string Asked(MlflowFields fields, string field)
    {
        var text = fields.Text(field);
        if (string.IsNullOrEmpty(text))
        {
            fields.Reject(Missing(field));
        }

        return text ?? "";
    }

    private static Problem Missing(string field) => Problem.Invalid($"CreatePromptlabRun request must specify {field}.");

    private sealed record Wanted(string Experiment, string Id, string Name, string User, long Started);
}
