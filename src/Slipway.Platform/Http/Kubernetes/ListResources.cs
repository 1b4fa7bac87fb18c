using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Printing;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>GET</c> on a collection. Whole objects go from the stored text to the wire without being parsed.</summary>
internal static class ListResources
{
    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        if (!call.ReadListQuery().TryGet(out var query, out var problem) || !call.ReadVersion().TryGet(out var version, out problem))
        {
            return problem;
        }

        // Only Exact pins the moment down: everything else is satisfied by the newest.
        var exactly = call.Query("resourceVersionMatch") == "Exact" ? version : null;
        if (!(await call.Services.Store.PageAsync(call.Kind, query, exactly, call.Cancellation)).TryGet(out var page, out problem))
        {
            return problem;
        }

        var metadata = new JsonObject { ["resourceVersion"] = page.At.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
        {
            metadata["continue"] = page.Continue;
        }

        if (page.Remaining is not null && query.FieldSelector is null && query.Labels is not { Requirements.Count: > 0 })
        {
            metadata["remainingItemCount"] = page.Remaining;
        }

        switch (Negotiation.FormOf(call.Http.Request))
        {
            case AnswerForm.Table:
                await ObjectAnswer.WriteAsync(call.Http, Table(call, page, metadata));
                break;
            case AnswerForm.PartialMetadata:
                var items = page.Rows.Select(r => (JsonNode)TableRenderer.PartialMetadata(ResourceBody.Read(r.Body, r.Version)));
                await ObjectAnswer.WriteAsync(call.Http, new JsonObject
                {
                    ["kind"] = "PartialObjectMetadataList", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata, ["items"] = new JsonArray([.. items]),
                });
                break;
            default:
                await WriteWholeAsync(call, page, metadata);
                break;
        }

        return null;
    }

    private static JsonObject Table(ApiCall call, RowPage page, JsonObject metadata)
    {
        var renderer = call.Services.TableOf(call.Kind);
        var (include, now) = (ObjectAnswer.RowObjectOf(call), call.Services.Time.GetUtcNow());
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = renderer.Definitions(),
            ["rows"] = new JsonArray([.. page.Rows.Select(r => (JsonNode)renderer.Row(ResourceBody.Read(r.Body, r.Version), include, now))]),
        };
    }

    private static async Task WriteWholeAsync(ApiCall call, RowPage page, JsonObject metadata)
    {
        var response = call.Http.Response;
        response.ContentType = "application/json";
        await response.WriteAsync(
            $"{{\"kind\":\"{call.Kind.Kind}List\",\"apiVersion\":\"{call.Kind.ApiVersion}\",\"metadata\":{metadata.ToJsonString(ObjectAnswer.Plain)},\"items\":[", call.Cancellation);
        var separator = "";
        foreach (var row in page.Rows)
        {
            await response.WriteAsync(separator, call.Cancellation);
            await response.WriteAsync(ResourceBody.Text(row.Body, row.Version), call.Cancellation);
            separator = ",";
        }

        await response.WriteAsync("]}", call.Cancellation);
    }
}
