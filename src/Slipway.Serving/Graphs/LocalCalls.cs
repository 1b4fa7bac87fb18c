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
    private readonly RequestDelegate _oip = door.Around(infer.HandleAsync);
    private readonly RequestDelegate _v1 = door.Around(predict.HandleAsync);

    public async Task<StepAnswer> CallAsync(GraphCall call, string service, byte[] body, CancellationToken cancellation)
    {
        var question = GraphBody.AsQuestion(body);
        var oip = GraphBody.IsOip(question);
        using var answer = new MemoryStream();
        var path = oip ? $"/v2/models/{service}/infer" : $"/v1/models/{service}:predict";
        var http = InnerRequest.Post(services, call.Headers, ("http", new HostString(call.Host)), call.Namespace, path, question, answer, cancellation);
        http.Request.RouteValues["model"] = service;
        await (oip ? _oip : _v1)(http);
        await http.Response.BodyWriter.FlushAsync(cancellation);
        return new StepAnswer(http.Response.StatusCode, answer.ToArray());
    }
}
