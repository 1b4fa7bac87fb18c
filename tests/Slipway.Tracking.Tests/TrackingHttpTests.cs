using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Http;

namespace Slipway.Tracking.Tests;

public class TrackingHttpTests
{
    [Fact]
    public async Task EveryRoute_HasAPermission()
    {
        await using var host = await TrackingHost.StartAsync();
        Assert.All(host.Routes, r => Assert.NotNull(r.Metadata.GetMetadata<PermissionMetadata>()));
    }

    [Fact]
    public async Task Runs_ArePagedNewestFirstEvenWhenTheyStartedTogether()
    {
        await using var host = await TrackingHost.StartAsync();
        for (var i = 1; i <= 7; i++)
        {
            await host.StartRunAsync(i, i % 2 == 0 ? "even" : "odd");
            host.Clock.Advance(i % 3 == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        }

        var (seen, after) = (new List<string>(), "");
        do
        {
            var page = await host.Http.GetFromJsonAsync($"runs?limit=2&after={after}", TrackingJson.Default.RunPage);
            seen.AddRange(page!.Items.Select(r => r.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(1, 7).Reverse().Select(TrackingHost.RunId), seen);
        var even = await host.Http.GetFromJsonAsync("runs?experiment=even", TrackingJson.Default.RunPage);
        Assert.Equal(new[] { 6, 4, 2 }.Select(TrackingHost.RunId), even!.Items.Select(r => r.Id));
    }

    [Fact]
    public async Task MetricHistory_HasEveryPointInOrder()
    {
        await using var host = await TrackingHost.StartAsync();
        await host.StartRunAsync(1);
        var points = Enumerable.Range(0, 50).Select(i => new RunMetric("val/loss", 1.0 / (i + 1), i, host.Clock.GetUtcNow())).ToArray();
        (await host.Recorder.LogAsync("default", TrackingHost.RunId(1), new Dictionary<string, string>(), [.. points.Reverse(), new("x", 1, 0, points[0].Time)], default))
            .OrThrow();
        var history = await host.Http.GetFromJsonAsync($"runs/{TrackingHost.RunId(1)}/metric-history?key=val/loss", TrackingJson.Default.MetricHistory);
        Assert.Equal(points, history!.Points);
    }

    [Theory]
    [InlineData("runs?limit=0", 400)]
    [InlineData("runs?limit=x", 400)]
    [InlineData("runs?after=x", 400)]
    [InlineData("runs?after=99999999999999999999.00000000000000000000000000000001", 400)]
    [InlineData("runs?after=9223372036854775807.00000000000000000000000000000001", 400)]
    [InlineData("runs?experiment=%00", 400)]
    [InlineData("runs/..xyz", 400)]
    [InlineData("runs/00000000000000000000000000000009", 404)]
    [InlineData("runs/00000000000000000000000000000009/metric-history?key=a", 404)]
    [InlineData("runs/00000000000000000000000000000009/metric-history", 400)]
    [InlineData("runs/00000000000000000000000000000009/metric-history?key=../a", 400)]
    [InlineData("../Bad/runs", 400)]
    public async Task BadInput_IsTheCallersFaultAndSaysSo(string path, int status)
    {
        await using var host = await TrackingHost.StartAsync();
        using var answer = await host.Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
    }
}
