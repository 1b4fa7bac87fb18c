using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Rollouts;

/// <summary>How a service's new version gets its traffic: where that stands, and what somebody may do about it.</summary>
public sealed class RolloutsClient
{
    private readonly HttpTransport _transport;

    internal RolloutsClient(HttpTransport transport) => _transport = transport;

    /// <summary>
    /// <c>{name, strategy, phase, paused, message, released: {revisionName, modelVersion, percent}, candidate?, former?, figures?, shadow?, analyses?, history}</c>,
    /// with the figures of this moment.
    /// </summary>
    public Task<Result<JsonObject>> GetAsync(string ns, string name, CancellationToken cancellation) => _transport.GetObjectAsync(PathOf(ns, name), cancellation);

    /// <summary>The same, after the command was carried out. Conflict when it does not fit where the rollout stands; its message says what does.</summary>
    /// <param name="command">pause, resume, promote, abort or undo.</param>
    /// <param name="reason">Kept with the decision; null for none.</param>
    public Task<Result<JsonObject>> CommandAsync(string ns, string name, string command, string? reason, CancellationToken cancellation) => _transport.SendForObjectAsync(
        () =>
        {
            var request = HttpTransport.Request(HttpMethod.Post, $"{PathOf(ns, name)}/{command}");
            var body = reason is null ? new JsonObject() : new JsonObject { ["reason"] = reason };
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return request;
        },
        cancellation);

    private static string PathOf(string ns, string name) => $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/rollouts/{Uri.EscapeDataString(name)}";
}
