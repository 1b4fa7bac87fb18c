namespace Slipway.Tracking.Tests.Runs;

public sealed class PromptRunTests
{
    private const string Path = "/ajax-api/2.0/mlflow/runs/create-promptlab-run";

    [Fact]
    public async Task PromptTried_BecomesAFinishedRunWithItsTable()
    {
        await using var host = await TrackingHost.StartAsync();
        var experiment = await host.Mlflow.ExperimentAsync("prompts");

        var run = (await host.Mlflow.PostAsync(Path, $$"""
            {"experiment_id": "{{experiment}}", "run_name": "mine", "prompt_template": "Say {{"{{x}}"}}", "prompt_parameters": [{"key": "x", "value": "hello"}], "model_route": "route",
             "model_parameters": [{"key": "temperature", "value": 0.1}], "model_input": "Say hello", "model_output": "hello", "model_output_parameters": [{"key": "latency", "value": "100"}],
             "mlflow_version": "3.0.0", "user_id": "ann", "start_time": 456}
            """))["run"]!;

        Assert.Equal(("mine", "FINISHED", "ann", 456L), ((string?)run["info"]!["run_name"], (string?)run["info"]!["status"], (string?)run["info"]!["user_id"], (long)run["info"]!["start_time"]!));
        Assert.Contains("""{"key":"temperature","value":"0.1"}""", run["data"]!["params"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("PROMPT_ENGINEERING", run["data"]!["tags"]!.ToJsonString(), StringComparison.Ordinal);
        var (_, table) = await host.Mlflow.SendAsync(HttpMethod.Get, $"/get-artifact?run_id={run["info"]!["run_id"]}&path=eval_results_table.json");
        Assert.Equal("""{"columns":["x","prompt","output","latency"],"data":[["hello","Say hello","hello","100"]]}""", table);
    }

    [Theory]
    [InlineData("{}", "experiment_id")]
    [InlineData("""{"experiment_id": "0"}""", "prompt_template")]
    [InlineData("""{"experiment_id": "0", "prompt_template": "a"}""", "prompt_parameters")]
    [InlineData("""{"experiment_id": "0", "prompt_template": "a", "prompt_parameters": [{"key": "k", "value": "v"}]}""", "model_route")]
    [InlineData("""{"experiment_id": "0", "prompt_template": "a", "prompt_parameters": [{"key": "k", "value": "v"}], "model_route": "r"}""", "model_input")]
    [InlineData("""{"experiment_id": "0", "prompt_template": "a", "prompt_parameters": [{"key": "k", "value": "v"}], "model_route": "r", "model_input": "i"}""", "mlflow_version")]
    public async Task FieldMissing_IsNamed(string body, string field)
    {
        await using var host = await TrackingHost.StartAsync();

        await host.Mlflow.RefusedAsync(Path, body, 400, "INVALID_PARAMETER_VALUE", $"CreatePromptlabRun request must specify {field}.");
    }
}
