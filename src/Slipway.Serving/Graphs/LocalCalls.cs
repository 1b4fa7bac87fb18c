using Microsoft.AspNetCore.Http;
using Slipway.Serving.Doors;
using Slipway.Serving.Graphs.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.V1;

namespace Slipway.Serving.Graphs;

/// <summary>
/// Asks a service of this server as a client would, without a connection: the same handlers, so that routes, limits, logs and sinks know no
/// difference.
/// </summary>
internal sealed class LocalCalls(IServiceProvider services, Infer infer, PredictV1 predict, ServiceDoor door)
{
    /// <summary>Headers that belong to the body or the connection of the request to the graph.</summary>
    private static readonly string[] OfTheBody =
        ["Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Accept-Encoding", "Expect", InferBody.HeaderLength];

    private readonly RequestDelegate _oip = door.Around(infer.HandleAsync);
    private readonly RequestDelegate _v1 = door.Around(predict.HandleAsync);

    public async Task<StepAnswer> CallAsync(GraphCall call, string service, byte[] body, CancellationToken cancellation)
    {
        var question = GraphBody.AsQuestion(body);
        var oip = GraphBody.IsOip(question);
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellation };
        foreach (var (name, value) in call.Headers)
        {
            if (!OfTheBody.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                http.Request.Headers[name] = value;
            }
        }

        http.Request.Method = HttpMethods.Post;
        http.Request.Scheme = "http";
        http.Request.Host = new HostString(call.Host);
        http.Request.Path = oip ? $"/v2/models/{service}/infer" : $"/v1/models/{service}:predict";
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = question.Length;
        http.Request.Body = new MemoryStream(question, writable: false);
        http.Request.RouteValues["ns"] = call.Namespace;
        http.Request.RouteValues["model"] = service;
        http.Response.Body = answer;
        await (oip ? _oip : _v1)(http);
        await http.Response.BodyWriter.FlushAsync(cancellation);
        return new StepAnswer(http.Response.StatusCode, answer.ToArray());
    }
}
