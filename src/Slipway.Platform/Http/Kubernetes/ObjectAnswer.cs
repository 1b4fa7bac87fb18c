using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Printing;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>Writes one object in the form the client asked for.</summary>
internal static class ObjectAnswer
{
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(ApiCall call, Resource resource, int code = StatusCodes.Status200OK) =>
        WriteAsync(call.Http, Shape(call, resource.Json), code);

    public static async Task WriteAsync(HttpContext http, JsonNode body, int code = StatusCodes.Status200OK, string contentType = "application/json")
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        await http.Response.WriteAsync(body.ToJsonString(Plain), http.RequestAborted);
    }

    public static RowObject RowObjectOf(ApiCall call) => call.Query("includeObject") switch
    {
        "Object" => RowObject.Whole,
        "None" => RowObject.None,
        _ => RowObject.Metadata,
    };

    public static JsonObject Table(ApiCall call, JsonObject obj)
    {
        var renderer = call.Services.TableOf(call.Kind);
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = obj["metadata"]?["resourceVersion"]?.DeepClone() },
            ["columnDefinitions"] = renderer.Definitions(),
            ["rows"] = new JsonArray(renderer.Row(obj, RowObjectOf(call), call.Services.Time.GetUtcNow())),
        };
    }

    private static JsonObject Shape(ApiCall call, JsonObject obj) => Negotiation.FormOf(call.Http.Request) switch
    {
        AnswerForm.Table => Table(call, obj),
        AnswerForm.PartialMetadata => TableRenderer.PartialMetadata(obj),
        _ => obj,
    };
}
