using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Pipelines;

/// <summary>Schedules of pipelines: Kubeflow's recurring runs, over <c>/apis/v2beta1/recurringruns</c>.</summary>
public sealed class SchedulesClient
{
    private const string All = "apis/v2beta1/recurringruns";
    private const int PageSize = 200;

    private readonly HttpTransport _transport;

    internal SchedulesClient(HttpTransport transport) => _transport = transport;

    /// <param name="body">A recurring run: <c>display_name</c>, <c>pipeline_spec</c>, <c>runtime_config</c>, <c>trigger</c>, <c>mode</c> ...</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<Result<JsonObject>> CreateAsync(JsonObject body, CancellationToken cancellation)
    {
        var text = body.ToJsonString();
        return _transport.SendForObjectAsync(
            () =>
            {
                var request = HttpTransport.Request(HttpMethod.Post, All);
                request.Content = new StringContent(text, Encoding.UTF8, "application/json");
                return request;
            },
            cancellation);
    }

    public Task<Result<JsonObject>> GetAsync(string id, CancellationToken cancellation) => _transport.GetObjectAsync(PathOf(id), cancellation);

    /// <summary>Every schedule of a namespace, newest last.</summary>
    public async Task<Result<IReadOnlyList<JsonObject>>> ListAsync(string ns, CancellationToken cancellation)
    {
        var found = new List<JsonObject>();
        for (var token = ""; ;)
        {
            var path = $"{All}?namespace={Uri.EscapeDataString(ns)}&page_size={PageSize}&page_token={Uri.EscapeDataString(token)}";
            if (!(await _transport.GetObjectAsync(path, cancellation)).TryGet(out var page, out var problem))
            {
                return problem;
            }

            found.AddRange((page["recurringRuns"] as JsonArray ?? []).OfType<JsonObject>());
            token = (string?)page["next_page_token"] ?? "";
            if (token.Length == 0)
            {
                return found;
            }
        }
    }

    /// <summary>Whether it fires.</summary>
    public Task<Result<JsonObject>> EnableAsync(string id, bool enable, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => HttpTransport.Request(HttpMethod.Post, $"{PathOf(id)}:{(enable ? "enable" : "disable")}"), cancellation);

    public Task<Result<JsonObject>> DeleteAsync(string id, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => HttpTransport.Request(HttpMethod.Delete, PathOf(id)), cancellation);

    private static string PathOf(string id) => $"{All}/{Uri.EscapeDataString(id)}";
}
