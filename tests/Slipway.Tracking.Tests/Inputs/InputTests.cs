using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Inputs;

public abstract class InputTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Inputs_AndOutputsStayWithTheRun()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var (run, other) = (await host.Mlflow.RunAsync("0"), await host.Mlflow.RunAsync("0"));
        const string Datasets = """
            "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": {"name": "n", "digest": "d", "source_type": "s", "source": "u", "schema": "{}", "profile": "p"}},
             {"dataset": {"name": "n2", "digest": "d2", "source_type": "s", "source": "u"}}]
            """;
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "m-1"}], {{Datasets}}}""");
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}", {{Datasets}}}""");
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""{"run_id": "{{other}}", {{Datasets.Replace("training", "testing", StringComparison.Ordinal)}}}""");
        await host.Mlflow.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "m-2", "step": "7"}, {"model_id": "m-3", "step": 0}]}""");
        var read = (await host.Mlflow.GetAsync($"runs/get?run_id={run}"))["run"]!;
        Assert.Equal(
            """{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"n","digest":"d","source_type":"s","source":"u","schema":"{}","profile":"p"}},{"dataset":{"name":"n2","digest":"d2","source_type":"s","source":"u"}}],"model_inputs":[{"model_id":"m-1"}]}""",
            read["inputs"]!.ToJsonString());
        Assert.Equal("""{"model_outputs":[{"model_id":"m-3","step":0},{"model_id":"m-2","step":7}]}""", read["outputs"]!.ToJsonString());
        var found = await host.Mlflow.PostAsync("/ajax-api/2.0/mlflow/experiments/search-datasets", """{"experiment_ids": ["0"]}""");
        Assert.Equal(
            ["n d testing", "n d training", "n2 d2 "],
            found["dataset_summaries"]!.AsArray().Select(s => $"{s!["name"]} {s["digest"]} {s["context"]}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("runs/log-inputs", """{"datasets": []}""", "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-inputs", """{"run_id": "r", "datasets": [{}]}""", "Missing value for required parameter 'datasets[0].dataset'")]
    [InlineData("runs/log-inputs", """{"run_id": "r", "datasets": [{"dataset": {"name": "n"}}]}""", "Missing value for required parameter 'datasets[0].dataset.digest'")]
    [InlineData("runs/log-inputs", """{"run_id": "r", "datasets": [{"dataset": {"name": "n", "digest": "0123456789012345678901234567890123456789", "source_type": "s", "source": "s"}}]}""", "'digest' exceeds the maximum length of 36 characters")]
    [InlineData("runs/outputs", """{"run_id": "r"}""", "Missing value for required parameter 'models'")]
    [InlineData("experiments/search-datasets", """{}""", "SearchDatasets request must specify at least one experiment_id.")]
    public async Task BadInput_IsRefused(string path, string body, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync(path, body, 400, "INVALID_PARAMETER_VALUE", words);
    }
}

public sealed class SqliteInputTests() : InputTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlInputTests() : InputTests(DatabaseEngine.PostgreSql);
