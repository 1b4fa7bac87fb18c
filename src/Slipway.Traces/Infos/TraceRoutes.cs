using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Storage;
using Slipway.Traces.Wire;

namespace Slipway.Traces.Infos;

/// <summary><c>3.0/mlflow/traces</c>: put, get, batches, tags, deletion.</summary>
internal static class TraceRoutes
{
    private const string Root = "3.0/mlflow/traces";
    private const int LongestTagKey = 250;
    private const int LongestTagValue = 8000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root, PutAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/{trace_id}", GetInfoAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", Root + "/get", GetAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", Root + "/batchGet", BatchGetAsync).RequirePermission("traces.read");
        routes.MapMlflow("POST", Root + "/batchGetInfos", BatchGetInfosAsync).RequirePermission("traces.read");
        foreach (var version in (ReadOnlySpan<string>)["2.0", "3.0"])
        {
            var traces = $"{version}/mlflow/traces";
            routes.MapMlflow("PATCH", traces + "/{trace_id}/tags", SetTagAsync).RequirePermission("traces.write");
            routes.MapMlflow("DELETE", traces + "/{trace_id}/tags", DeleteTagAsync).RequirePermission("traces.write");
            routes.MapMlflow("POST", traces + "/delete-traces", DeleteAsync).RequirePermission("traces.write");
        }

        routes.MapMlflow("GET", "2.0/mlflow/get-trace-artifact", GetFileAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", "3.0/mlflow/get-trace-artifact", GetFileAsync).RequirePermission("traces.read");
    }

    private static async Task<Result<MlflowReply>> PutAsync(MlflowCall call)
    {
        var trace = call.Fields.Object("trace");
        if (trace is null)
        {
            call.Fields.RejectMissing("trace");
        }

        var given = trace?.Object("trace_info");
        if (trace is not null && given is null)
        {
            trace.RejectMissing("trace_info");
        }

        var info = given is null ? new TraceInfo() : TraceReading.ReadInfo(given, call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds());
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return (await call.Service<TraceRecorder>().PutAsync(call.Namespace, info, call.Cancellation)).Select(WithInfo);
    }

    private static async Task<Result<MlflowReply>> GetInfoAsync(MlflowCall call)
    {
        var id = call.Path("trace_id");
        var info = await call.Service<IDatabase>().ReadAsync((session, _) => TraceStore.FindAsync(session, call.Namespace, id), call.Cancellation);
        return info is null ? NoTrace(id) : WithInfo(info);
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call)
    {
        var (id, partial) = (call.Fields.Required("trace_id"), call.Fields.Flag("allow_partial") ?? false);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var reader = call.Service<TraceReader>();
        var found = await reader.GetAsync(call.Namespace, id, partial, call.Cancellation);

        // Spans may still be on their way; clients expect the server to wait a moment for them.
        for (var wait = 1; !found.Succeeded && found.Problem.Message.Contains("not fully exported", StringComparison.Ordinal) && wait <= 2; wait++)
        {
            await Task.Delay(TimeSpan.FromSeconds(wait), call.Service<TimeProvider>(), call.Cancellation);
            found = await reader.GetAsync(call.Namespace, id, partial, call.Cancellation);
        }

        return found.Select(trace => MlflowReply.Object(writer =>
        {
            writer.WriteStartObject("trace");
            TraceWire.WriteTrace(writer, trace.Info, trace.Spans);
            writer.WriteEndObject();
        }));
    }

    private static async Task<Result<MlflowReply>> BatchGetAsync(MlflowCall call)
    {
        var ids = call.Fields.Texts("trace_ids");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var traces = await call.Service<TraceReader>().CompleteAsync(call.Namespace, ids, call.Cancellation);
        return MlflowReply.Object(writer => WriteList(writer, "traces", traces, trace => TraceWire.WriteTrace(writer, trace.Info, trace.Spans)));
    }

    private static async Task<Result<MlflowReply>> BatchGetInfosAsync(MlflowCall call)
    {
        var ids = call.Fields.Texts("trace_ids");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var infos = await call.Service<IDatabase>().ReadAsync((session, _) => TraceStore.LoadAsync(session, call.Namespace, ids), call.Cancellation);
        return MlflowReply.Object(writer => WriteList(writer, "trace_infos", infos, info => TraceWire.WriteInfo(writer, info)));
    }

    private static async Task<Result<MlflowReply>> SetTagAsync(MlflowCall call)
    {
        var (id, key, value) = (call.Path("trace_id"), call.Fields.Required("key"), call.Fields.Text("value") ?? "");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return (MlflowNames.Key(key, "key") ?? MlflowNames.Length("key", LongestTagKey, key)) is { } fault
            ? fault
            : await ChangeAsync(call, id, session => TraceStore.PutTagsAsync(session, call.Namespace, id, [new(key, MlflowNames.Cut(value, LongestTagValue))]));
    }

    private static async Task<Result<MlflowReply>> DeleteTagAsync(MlflowCall call)
    {
        // The client sends the key in the body, a browser in the address.
        var id = call.Path("trace_id");
        var key = call.Fields.Text("key") is { Length: > 0 } inBody ? inBody : call.Http.Request.Query["key"].ToString();
        if (key.Length == 0)
        {
            call.Fields.RejectMissing("key");
        }

        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) => await TraceStore.DeleteTagAsync(session, call.Namespace, id, key)
                ? Result.Ok
                : new Problem(ProblemCode.NotFound, $"No trace tag with key '{key}' for trace with ID '{id}'"),
            call.Cancellation)).Select(_ => MlflowReply.Empty);
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experiment, until, most, ids) = (fields.Required("experiment_id"), fields.Int64("max_timestamp_millis"), fields.Int64("max_traces"), fields.Texts("request_ids"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        var wrong = until is null && ids.Count == 0 ? "Either `max_timestamp_millis` or `trace_ids` must be specified."
            : until is not null && ids.Count > 0 ? "Only one of `max_timestamp_millis` and `trace_ids` can be specified."
            : most is not null && ids.Count > 0 ? "`max_traces` can't be specified if `trace_ids` is specified."
            : most <= 0 ? string.Create(CultureInfo.InvariantCulture, $"`max_traces` must be a positive integer, received {most}.") : null;
        if (wrong is not null)
        {
            return Problem.Invalid(wrong);
        }

        var deleted = await DeleteTraces.RunAsync(
            call.Service<IDatabase>(), call.Service<IArtifactFiles>(), call.Namespace, experiment, until ?? long.MaxValue, most ?? long.MaxValue, ids, call.Cancellation);
        return deleted.Select(count => MlflowReply.Object(writer => writer.WriteNumber("traces_deleted", count)));
    }

    private static async Task<Result<MlflowReply>> GetFileAsync(MlflowCall call)
    {
        if (call.Fields.Text("request_id") is not { Length: > 0 } id)
        {
            return call.Fields.Problem ?? Problem.Invalid("Request must include the \"request_id\" query parameter.") with { Reason = MlflowCode.BadRequest };
        }

        return (await call.Service<TraceReader>().GetAsync(call.Namespace, id, partial: true, call.Cancellation)).Select(trace => MlflowReply.Stream(async http =>
        {
            http.Response.ContentType = "text/plain";
            http.Response.Headers.ContentDisposition = "attachment; filename=traces.json";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            await http.Response.WriteAsync("{\"spans\": [" + string.Join(", ", trace.Spans) + "]}", http.RequestAborted);
        }));
    }

    /// <summary>A change of a trace that must be there.</summary>
    public static async Task<Result<MlflowReply>> ChangeAsync(MlflowCall call, string id, Func<IWriteSession, Task> change) =>
        (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await TraceStore.FindRowAsync(session, call.Namespace, id) is null)
                {
                    return NoTrace(id);
                }

                await change(session);
                return Result.Ok;
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);

    public static Problem NoTrace(string id) => new(ProblemCode.NotFound, $"Trace with ID '{id}' not found.");

    /// <summary>A list of objects; left out when there are none.</summary>
    public static void WriteList<T>(System.Text.Json.Utf8JsonWriter writer, string name, IReadOnlyList<T> items, Action<T> members)
    {
        if (items.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            members(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static MlflowReply WithInfo(TraceInfo info) => MlflowReply.Object(writer =>
    {
        writer.WriteStartObject("trace");
        TraceWire.WriteTrace(writer, info, null);
        writer.WriteEndObject();
    });
}
