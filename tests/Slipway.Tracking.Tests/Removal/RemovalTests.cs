using System.Net;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Removal;

public abstract class RemovalTests(DatabaseEngine engine)
{
    private static readonly string[] Tables =
    [
        "tracking_runs", "tracking_params", "tracking_tags", "tracking_metrics", "tracking_points", "tracking_inputs", "tracking_input_tags", "tracking_datasets",
        "tracking_model_inputs", "tracking_model_outputs", "tracking_models", "tracking_model_tags", "tracking_model_params", "tracking_model_metrics",
        "tracking_experiment_tags",
    ];

    [Fact]
    public async Task AnExperimentRemovedForGood_LeavesNothingBehind()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await FillAsync(host);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Http.DeleteAsync(new Uri("experiments/1", UriKind.Relative))).StatusCode);
        foreach (var table in Tables)
        {
            var left = await host.Floor.Database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<long>($"SELECT COUNT(*) FROM {table}"), default);
            Assert.Equal((table, 0), (table, left));
        }

        await host.Mlflow.RefusedAsync("experiments/get?experiment_id=1", null, 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=1 exists");
        Assert.Equal("2", await host.Mlflow.ExperimentAsync("gone"));
        var events = await host.Floor.Events.ReadAsync(0, new("experiment.removed"), 10, default);
        Assert.Equal("experiments/1", Assert.Single(events).Subject);
    }

    [Fact]
    public async Task RunsAndModels_AreRemovedByThemselves()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var (run, model) = await FillAsync(host);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Http.DeleteAsync(new Uri($"runs/{run}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync(new Uri($"runs/{run}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Http.DeleteAsync(new Uri($"logged-models/{model}?force=true", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync(new Uri($"logged-models/{model}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync(new Uri("experiments/77", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.DeleteAsync(new Uri("experiments/0", UriKind.Relative))).StatusCode);
        Assert.Equal("1", (string?)(await host.Mlflow.GetAsync("experiments/get?experiment_id=1"))["experiment"]!["experiment_id"]);
    }

    [Fact]
    public async Task WhatWasDeletedLongAgo_IsCollected()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var (run, model) = await FillAsync(host);
        await host.Mlflow.PostAsync("runs/delete", $$"""{"run_id": "{{run}}"}""");
        await host.Mlflow.OkAsync(HttpMethod.Delete, $"logged-models/{model}");
        Assert.Equal("""{"experiments":0,"runs":0,"loggedModels":0,"kept":0}""", await CollectAsync(host, "?olderThan=1h"));
        host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("""{"experiments":0,"runs":1,"loggedModels":1,"kept":0}""", await CollectAsync(host, "?olderThan=1h"));
        await host.Mlflow.PostAsync("experiments/delete", """{"experiment_id": "1"}""");
        Assert.Equal("""{"experiments":1,"runs":0,"loggedModels":0,"kept":0}""", await CollectAsync(host, "?olderThan=0s"));
        using var bad = await host.Http.PostAsync(new Uri("tracking/collect?olderThan=soon", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    private static async Task<string> CollectAsync(TrackingHost host, string query)
    {
        using var answer = await host.Http.PostAsync(new Uri("tracking/collect" + query, UriKind.Relative), null);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<(string Run, string Model)> FillAsync(TrackingHost host)
    {
        await host.Mlflow.PostAsync("experiments/create", """{"name": "gone", "tags": [{"key": "a", "value": "b"}]}""");
        var run = await host.Mlflow.RunAsync("1");
        var model = (string)(await host.Mlflow.PostAsync(
            "logged-models", """{"experiment_id": "1", "params": [{"key": "p", "value": "v"}], "tags": [{"key": "t", "value": "v"}]}"""))["model"]!["info"]!["model_id"]!;
        await host.Mlflow.LogAsync(run, $$"""
            "metrics": [{"key": "m", "value": 1, "timestamp": 1, "model_id": "{{model}}"}], "params": [{"key": "p", "value": "v"}], "tags": [{"key": "t", "value": "v"}]
            """);
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""
            {"run_id": "{{run}}", "models": [{"model_id": "m"}],
             "datasets": [{"tags": [{"key": "a", "value": "b"}], "dataset": {"name": "n", "digest": "d", "source_type": "s", "source": "u"} }]}
            """);
        await host.Mlflow.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "{{model}}", "step": 0}]}""");
        return (run, model);
    }
}

public sealed class SqliteRemovalTests() : RemovalTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlRemovalTests() : RemovalTests(DatabaseEngine.PostgreSql);
