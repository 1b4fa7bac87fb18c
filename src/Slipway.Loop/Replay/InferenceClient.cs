using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Slipway.Kernel.Problems;

namespace Slipway.Loop.Replay;

/// <summary>Talks to inference services over HTTP as any caller would, on this server's own address.</summary>
internal sealed class InferenceClient(IServer server, IConfiguration configuration) : IDisposable
{
    private readonly HttpClient _http = Client(configuration["SLIPWAY_TOKEN"]);

    /// <summary>False while the server starts: controllers begin to work before it listens.</summary>
    public bool CanCall => Listening() is not null;

    /// <summary>Inputs of the live model by name with their OIP datatype.</summary>
    public async Task<Result<IReadOnlyDictionary<string, string>>> InputsAsync(string ns, string service, CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(new Uri($"{ModelUrl(ns, service)}"), cancellation);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation));
        return response.IsSuccessStatusCode
            ? (body?["inputs"] as JsonArray ?? []).ToDictionary(i => (string)i!["name"]!, i => (string)i!["datatype"]!)
            : Problem.Unavailable($"inference service {service} does not describe its model: {(string?)body?["error"]}");
    }

    /// <summary>One row. True when it was answered with a prediction.</summary>
    public async Task<bool> InferAsync(string ns, string service, JsonObject request, CancellationToken cancellation)
    {
        try
        {
            using var content = JsonContent.Create(request);
            using var response = await _http.PostAsync(new Uri($"{ModelUrl(ns, service)}/infer"), content, cancellation);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>How many distinct predictions of a stretch of event time were served and are stored.</summary>
    public async Task<Result<long>> ServedAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var url = $"{ServiceUrl(ns, service)}/predictions/summary?from={Text(from)}&until={Text(until)}";
        using var response = await _http.GetAsync(new Uri(url), cancellation);
        var body = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode ? (long)JsonNode.Parse(body)!["served"]! : Problem.Unavailable($"the prediction log does not answer: {body}");
    }

    public async Task<Result<Unit>> FeedbackAsync(string ns, string service, JsonArray labels, DateTimeOffset? watermark, CancellationToken cancellation)
    {
        var body = new JsonObject { ["labels"] = labels };
        if (watermark is { } mark)
        {
            body["watermark"] = mark.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }

        using var content = JsonContent.Create(body);
        using var response = await _http.PostAsync(new Uri($"{ServiceUrl(ns, service)}/feedback"), content, cancellation);
        return response.IsSuccessStatusCode
            ? Result.Ok
            : Problem.Unavailable($"feedback was refused ({(int)response.StatusCode}): {await response.Content.ReadAsStringAsync(cancellation)}");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A server that asks for its token asks its own loops as well.</summary>
    private static HttpClient Client(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false })
        {
            Timeout = TimeSpan.FromSeconds(30),
        };
        if (!string.IsNullOrEmpty(token))
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    private string ModelUrl(string ns, string service) => ns == "default"
        ? $"{Address()}/v2/models/{Uri.EscapeDataString(service)}"
        : $"{Address()}/serving/{Uri.EscapeDataString(ns)}/{Uri.EscapeDataString(service)}/v2/models/{Uri.EscapeDataString(service)}";

    private string ServiceUrl(string ns, string service) =>
        $"{Address()}/api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/inferenceservices/{Uri.EscapeDataString(service)}";

    private string Address() => Listening() ?? throw new InvalidOperationException("the server listens on no address");

    private string? Listening() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()?.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
            .Replace("[::]", "127.0.0.1", StringComparison.Ordinal);

    private static string Text(DateTimeOffset time) => Uri.EscapeDataString(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
}
