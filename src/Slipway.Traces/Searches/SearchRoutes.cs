using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;
using Slipway.Traces.Wire;

namespace Slipway.Traces.Searches;

/// <summary><c>POST 3.0/mlflow/traces/search</c>, the list of MLflow 2, and how much two filters go together.</summary>
internal static class SearchRoutes
{
    private const int DefaultCount = 100;
    private const int MostCount = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", "3.0/mlflow/traces/search", SearchAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", "2.0/mlflow/traces", SearchV2Async).RequirePermission("traces.read");
        routes.MapMlflow("POST", "3.0/mlflow/traces/calculate-filter-correlation", CorrelateAsync).RequirePermission("traces.read");
    }

    private static Task<Result<MlflowReply>> SearchAsync(MlflowCall call)
    {
        string?[] ids = [.. call.Fields.Objects("locations").Select(l => l.Object("mlflow_experiment")?.Text("experiment_id"))];
        if (!call.Fields.Has("locations"))
        {
            call.Fields.RejectMissing("locations");
        }

        return SearchAsync(call, [.. ids.OfType<string>()], (writer, info) => TraceWire.WriteInfo(writer, info));
    }

    private static Task<Result<MlflowReply>> SearchV2Async(MlflowCall call)
    {
        var ids = call.Fields.Texts("experiment_ids");
        if (ids.Count == 0)
        {
            call.Fields.RejectMissing("experiment_ids");
        }

        return SearchAsync(call, ids, (writer, info) => TraceWire.WriteInfoV2(writer, info));
    }

    private static async Task<Result<MlflowReply>> SearchAsync(MlflowCall call, IReadOnlyList<string> experiments, Action<Utf8JsonWriter, TraceInfo> write)
    {
        var fields = call.Fields;
        var (text, limit, terms, token) = (fields.Text("filter"), fields.Count("max_results", DefaultCount, 1, MostCount), fields.Texts("order_by"), fields.Text("page_token"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if (!TraceFilter.Parse(text).TryGet(out var filter, out var problem) || !TraceFilter.ParseOrder(terms).TryGet(out var order, out problem)
            || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        var infos = await call.Service<IDatabase>().ReadAsync(
            async (session, _) => await TraceStore.LoadAsync(
                session, call.Namespace, await TraceSearchStore.FindAsync(session, call.Namespace, experiments, filter, order, place.Offset, limit + 1)),
            call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            TraceRoutes.WriteList(writer, "traces", [.. infos.Take(limit)], info => write(writer, info));
            writer.WriteSet("next_page_token", infos.Count > limit ? MlflowPages.Token(place.Offset + limit) : null);
        });
    }

    private static async Task<Result<MlflowReply>> CorrelateAsync(MlflowCall call)
    {
        var (experiments, first, second) = (call.Fields.Texts("experiment_ids"), call.Fields.Required("filter_string1"), call.Fields.Required("filter_string2"));
        var within = call.Fields.Text("base_filter");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        SearchNode? one = null, two = null, all = null;
        if (!TraceFilter.Parse(first).TryGet(out one, out var problem) || !TraceFilter.Parse(second).TryGet(out two, out problem)
            || !TraceFilter.Parse(within).TryGet(out all, out problem))
        {
            return problem;
        }

        var ns = call.Namespace;
        var (total, ofFirst, ofSecond, ofBoth) = await call.Service<IDatabase>().ReadAsync(
            async (session, _) => (
                await TraceSearchStore.CountAsync(session, ns, experiments, all),
                await TraceSearchStore.CountAsync(session, ns, experiments, all, one),
                await TraceSearchStore.CountAsync(session, ns, experiments, all, two),
                await TraceSearchStore.CountAsync(session, ns, experiments, all, one, two)),
            call.Cancellation);
        var (plain, smoothed) = Correlation.Of(ofBoth, ofFirst, ofSecond, total);
        return MlflowReply.Object(writer =>
        {
            writer.WriteDouble("npmi", plain);
            writer.WriteDouble("npmi_smoothed", smoothed);
            writer.WriteNumber("filter1_count", ofFirst);
            writer.WriteNumber("filter2_count", ofSecond);
            writer.WriteNumber("joint_count", ofBoth);
            writer.WriteNumber("total_count", total);
        });
    }
}
