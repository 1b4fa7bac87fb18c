using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Monitoring.Tests.Monitors;
using Slipway.Platform.Http;

namespace Slipway.Monitoring.Tests.Windows;

public sealed class ListWindowsTests
{
    private const string Path = "/api/slipway/v1/namespaces/default/monitors/prices/windows";

    [Fact]
    public async Task Windows_ArePagedInOrder()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        for (var day = 0; day < 3; day++)
        {
            bench.Log.CloseDay(20, row => row, (1, true, row => row + 1));
        }

        await bench.ReconcileAsync();
        await using var app = await StartAsync(bench);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        var all = JsonNode.Parse(await client.GetStringAsync(Path))!["items"]!.AsArray();
        var page = JsonNode.Parse(await client.GetStringAsync(Path + "?after=1&limit=1"))!["items"]!.AsArray();

        Assert.Equal([1, 2, 3], all.Select(w => (int)w!["number"]!));
        Assert.Equal([2], page.Select(w => (int)w!["number"]!));
        Assert.Equal(1, (double)page[0]!["served"]!["metrics"]!["mae"]!, 12);
        Assert.Equal(20, (int)page[0]!["versions"]![0]!["labelled"]!);
    }

    [Theory]
    [InlineData(Path + "?after=-1", HttpStatusCode.BadRequest)]
    [InlineData(Path + "?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("/api/slipway/v1/namespaces/default/monitors/nobody/windows", HttpStatusCode.NotFound)]
    public async Task WrongQuestions_AreTheCallersFault(string path, HttpStatusCode expected)
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        await using var app = await StartAsync(bench);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    private static async Task<WebApplication> StartAsync(MonitorBench bench)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(bench.Store).AddSingleton(bench.Resources);
        var app = builder.Build();
        new MonitoringModule().MapRoutes(app);
        Assert.All(
            ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints),
            e => Assert.Equal("monitors.read", e.Metadata.GetMetadata<PermissionMetadata>()?.Permission));
        await app.StartAsync();
        return app;
    }
}
