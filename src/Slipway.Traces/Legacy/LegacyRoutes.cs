using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;
using Slipway.Traces.Wire;

namespace Slipway.Traces.Legacy;

/// <summary><c>2.0/mlflow/traces</c>: how clients of MLflow 2 start and end traces.</summary>
internal static class LegacyRoutes
{
    private const string Root = "2.0/mlflow/traces";

    private static readonly string[] Statuses = ["TRACE_STATUS_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root, StartAsync).RequirePermission("traces.write");
        routes.MapMlflow("PATCH", Root + "/{request_id}", EndAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root + "/{request_id}/info", GetAsync).RequirePermission("traces.read");
    }

    private static async Task<Result<MlflowReply>> StartAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var info = new TraceInfo
        {
            Id = NewIds.Trace(),
            ExperimentId = fields.Text("experiment_id") is { Length: > 0 } id ? id : "0",
            RequestTime = fields.Int64("timestamp_ms") ?? call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds(),
            State = TraceKeys.InProgress,
            Metadata = Pairs(fields, "request_metadata"),
            Tags = Pairs(fields, "tags"),
        };
        return fields.Problem is { } bad ? bad : (await call.Service<TraceRecorder>().PutAsync(call.Namespace, info, call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> EndAsync(MlflowCall call)
    {
        var (id, fields) = (call.Path("request_id"), call.Fields);
        var (end, status) = (fields.Int64("timestamp_ms"), fields.Choice("status", Statuses, first: 0));
        var (metadata, tags) = (Pairs(fields, "request_metadata"), Pairs(fields, "tags"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        return (await call.Service<IDatabase>().WriteAsync<TraceInfo>(
            async (session, _) =>
            {
                if (await TraceStore.FindRowAsync(session, call.Namespace, id) is not { } before)
                {
                    return TraceRoutes.NoTrace(id);
                }

                await TraceStore.PutRowAsync(session, call.Namespace, before with
                {
                    Duration = end is null ? before.Duration : end - before.RequestTime,
                    State = status is null or "TRACE_STATUS_UNSPECIFIED" ? TraceKeys.Unspecified : status,
                });
                await TraceStore.PutMetadataAsync(session, call.Namespace, id, metadata);
                await TraceStore.PutTagsAsync(session, call.Namespace, id, tags);
                return (await TraceStore.FindAsync(session, call.Namespace, id))!;
            },
            call.Cancellation)).Select(Reply);
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call)
    {
        var id = call.Path("request_id");
        var info = await call.Service<IDatabase>().ReadAsync((session, _) => TraceStore.FindAsync(session, call.Namespace, id), call.Cancellation);
        return info is null ? TraceRoutes.NoTrace(id) : Reply(info);
    }

    private static Dictionary<string, string> Pairs(MlflowFields fields, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in fields.Objects(name))
        {
            map[pair.Required("key")] = pair.Text("value") ?? "";
        }

        return map;
    }

    private static MlflowReply Reply(TraceInfo info) => MlflowReply.Object(writer =>
    {
        writer.WriteStartObject("trace_info");
        TraceWire.WriteInfoV2(writer, info);
        writer.WriteEndObject();
    });
}
