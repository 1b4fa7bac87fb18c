using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Pipelines;

/// <summary>Runs of pipelines: submit one, follow it, end it.</summary>
public sealed class PipelineRunsClient
{
    private readonly HttpTransport _transport;

    internal PipelineRunsClient(HttpTransport transport) => _transport = transport;

    /// <summary>Submits a run; with an <c>idempotencyKey</c> in the body it may be repeated, and the same run is answered.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="body">What <c>POST .../pipelineruns</c> takes: <c>spec</c> or <c>pipeline</c>, <c>parameters</c>, <c>options</c> ...</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<Result<JsonObject>> SubmitAsync(string ns, JsonObject body, CancellationToken cancellation)
    {
        var text = body.ToJsonString();
        return _transport.SendForObjectAsync(() => Post(RunsOf(ns), text), cancellation);
    }

    /// <summary>The run with its steps.</summary>
    public Task<Result<JsonObject>> GetAsync(string ns, string id, CancellationToken cancellation) => _transport.GetObjectAsync(RunOf(ns, id), cancellation);

    public Task<Result<JsonObject>> CancelAsync(string ns, string id, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => Post(RunOf(ns, id) + "/cancel", ""), cancellation);

    private static string RunsOf(string ns) => $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/pipelineruns";

    private static string RunOf(string ns, string id) => $"{RunsOf(ns)}/{Uri.EscapeDataString(id)}";

    private static HttpRequestMessage Post(string path, string body)
    {
        var request = HttpTransport.Request(HttpMethod.Post, path);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }
}
