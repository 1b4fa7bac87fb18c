using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;
using Slipway.Serving.Doors;
using Slipway.Serving.Graphs;
using Slipway.Serving.Inference;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Grpc;

/// <summary>
/// Calls that do not end at one model: of services with a transformer, and of inference graphs. Both speak JSON over HTTP, so the message is put into
/// the REST form of the same protocol, goes the way that a REST request goes, and the answer is put back into a message.
/// </summary>
internal sealed class GrpcChains(GraphTable graphs, AnswerGraph graph, ServiceDoor door, Infer infer, ServerAddress address, IServiceProvider services)
{
    private readonly RequestDelegate _transformed = door.Around(infer.HandleAsync);

    /// <summary>What an answer's headers tell beyond its body.</summary>
    private static readonly string[] Told = [AnswerGraph.StepsHeader, OipAnswer.PredictionIdHeader];

    public bool IsGraph(GrpcCall call, string name) => graphs.Find(GrpcTarget.NamespaceOf(call), name) is not null;

    public ValueTask<Problem?> AskGraphAsync(GrpcCall call, string name, ReadOnlyMemory<byte> message, PooledBytes answer) =>
        AskAsync(call, name, $"/serving/{GrpcTarget.NamespaceOf(call)}/{name}", message, answer, http =>
        {
            http.Request.RouteValues["graph"] = name;
            return graph.HandleAsync(http);
        });

    public ValueTask<Problem?> AskTransformerAsync(GrpcCall call, ServiceRoute route, string? version, ReadOnlyMemory<byte> message, PooledBytes answer) =>
        AskAsync(
            call, route.Name, version is null ? $"/v2/models/{route.Name}/infer" : $"/v2/models/{route.Name}/versions/{Uri.EscapeDataString(version)}/infer", message, answer,
            http =>
            {
                (http.Request.RouteValues["model"], http.Request.RouteValues["version"]) = (route.Name, version);
                return _transformed(http);
            });

    private async ValueTask<Problem?> AskAsync(
        GrpcCall call, string name, string path, ReadOnlyMemory<byte> message, PooledBytes answer, Func<HttpContext, Task> handler)
    {
        if (!RestRequest.Of(message, out var raw).TryGet(out var question, out var problem))
        {
            return problem;
        }

        using var told = new MemoryStream();
        var http = InnerRequest.Post(services, call.Http.Request.Headers, Server(call), GrpcTarget.NamespaceOf(call), path, question, told, call.Cancellation);
        await handler(http);
        await http.Response.BodyWriter.FlushAsync(call.Cancellation);
        var body = told.ToArray();
        if (http.Response.StatusCode is < 200 or >= 300)
        {
            return RestAnswer.Failure(http.Response.StatusCode, body);
        }

        if (!call.Http.Response.HasStarted)
        {
            foreach (var header in Told)
            {
                if (http.Response.Headers.TryGetValue(header, out var value))
                {
                    call.Http.Response.Headers[header.ToLowerInvariant()] = value;
                }
            }
        }

        return RestAnswer.Write(answer, name, body, http.Response.Headers[InferBody.HeaderLength], raw);
    }

    /// <summary>A transformer asks the predictor over HTTP, which this call's own port does not speak.</summary>
    private (string Scheme, HostString Host) Server(GrpcCall call) =>
        address.Find() is { } found && new Uri(found) is var server ? (server.Scheme, new HostString(server.Authority)) : ("http", call.Http.Request.Host);
}
