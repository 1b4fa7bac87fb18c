using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Scoring;

/// <summary>Explanations of what an inference service predicts.</summary>
public sealed class ExplanationsClient
{
    private readonly HttpTransport _transport;

    internal ExplanationsClient(HttpTransport transport) => _transport = transport;

    /// <summary>Sends <c>:explain</c>; the body is that of <c>:predict</c> with <c>parameters</c>.</summary>
    /// <param name="ns">Namespace of the service.</param>
    /// <param name="service">The inference service's name, which is its model's name, too.</param>
    /// <param name="body">The request.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<Result<JsonObject>> ExplainAsync(string ns, string service, JsonObject body, CancellationToken cancellation) => _transport.SendForObjectAsync(
        () =>
        {
            var name = Uri.EscapeDataString(service);
            var request = HttpTransport.Request(HttpMethod.Post, $"serving/{Uri.EscapeDataString(ns)}/{name}/v1/models/{name}:explain");
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            return request;
        },
        cancellation,
        bounded: false);
}
