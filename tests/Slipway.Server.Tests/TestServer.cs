using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Cli.Hosting;
using Slipway.Conformance;
using Slipway.Server.Hosting;

namespace Slipway.Server.Tests;

/// <summary>The whole server in this process, on a free port and a temporary folder.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder? _own;

    private TestServer(WebApplication app, Uri address, TempFolder? own)
    {
        (_app, _own) = (app, own);
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public IReadOnlyList<RouteEndpoint> Routes => [.. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <param name="folder">To start again on what another server left; a new one when null.</param>
    public static async Task<TestServer> StartAsync(TempFolder? folder = null, int port = 0)
    {
        var own = folder is null ? new TempFolder() : null;
        var app = SlipwayServer.Build(Settings((folder ?? own)!, port: port), quiet: true);
        try
        {
            return new TestServer(app, await SlipwayServer.StartAsync(app, CancellationToken.None), own);
        }
        catch
        {
            await app.DisposeAsync();
            own?.Dispose();
            throw;
        }
    }

    public static ServerSettings Settings(TempFolder folder, string host = "127.0.0.1", int port = 0) =>
        new(folder.FullPath, host, port, null, $"sqlite:{folder.File("slipway.db")}", folder.File("objects"));

    public async Task<JsonObject> JsonAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await Http.GetAsync(path);
        return await BodyAsync(answer, expected);
    }

    public async Task<JsonObject> PostAsync(string path, string body, HttpStatusCode expected)
    {
        using var answer = await Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return await BodyAsync(answer, expected);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _own?.Dispose();
    }

    private static async Task<JsonObject> BodyAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return (JsonObject)JsonNode.Parse(text)!;
    }
}
