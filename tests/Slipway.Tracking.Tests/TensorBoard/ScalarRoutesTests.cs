using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Tracking.Wire;

namespace Slipway.Tracking.Tests.TensorBoard;

public sealed class ScalarRoutesTests
{
    [Fact]
    public async Task EventFilesOfARun_AreItsMetrics()
    {
        await using var host = await TrackingHost.StartAsync();
        await host.StartRunAsync(1);
        var id = TrackingHost.RunId(1);
        var run = await host.Http.GetFromJsonAsync<JsonObject>($"/api/2.0/mlflow/runs/get?run_id={id}", TestContext.Current.CancellationToken);
        var root = ((string)run!["run"]!["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        foreach (var path in (string[])["logs/train/events.out.tfevents.1.host", "events.out.tfevents.2.host"])
        {
            using var content = new ByteArrayContent(EventFileReaderTests.Sample);
            (await host.Http.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{root}/{path}", content, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        var found = await host.Http.GetFromJsonAsync($"runs/{id}/tensorboard", TrackingJson.Default.EventMetrics, TestContext.Current.CancellationToken);
        var points = await host.Http.GetFromJsonAsync($"runs/{id}/tensorboard/scalars?metric=logs/train/loss", TrackingJson.Default.MetricHistory, TestContext.Current.CancellationToken);
        var none = await host.Http.GetAsync($"runs/{id}/tensorboard/scalars?metric=nothing", TestContext.Current.CancellationToken);

        Assert.Equal(["acc", "half", "logs/train/acc", "logs/train/half", "logs/train/loss", "logs/train/tf2", "loss", "tf2"], found!.Metrics.Select(m => m.Key));
        Assert.Equal((2L, 0.5), (found.Metrics[6].Points, found.Metrics[6].Last.Value));
        Assert.All(found.Files, f => Assert.Null(f.Problem));
        Assert.Equal([2.0, 0.5], points!.Points.Select(p => p.Value));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }
}
