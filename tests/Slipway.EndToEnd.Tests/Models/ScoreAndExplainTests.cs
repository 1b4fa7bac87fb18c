using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Chaos.Tests;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Models;

/// <summary>
/// <c>slipway score</c> and <c>slipway explain</c> as a user types them, with a registered model of scikit-learn, an ONNX model and an explainer of one's own.
/// </summary>
public sealed class ScoreAndExplainTests : ServerOfItsOwn
{
    /// <summary>Fits, and leaves model.pkl, MLmodel, in.csv and what Python predicts.</summary>
    private const string Fit = """
        import json, pickle, numpy, pandas
        from sklearn.linear_model import LogisticRegression
        random = numpy.random.default_rng(7)
        table = pandas.DataFrame({"age": random.integers(18, 90, 2000).astype(float), "income": random.normal(50.0, 20.0, 2000)})
        model = LogisticRegression().fit(table, numpy.where(table.age * 2 > table.income + random.normal(0, 20, 2000), "stays", "leaves"))
        pickle.dump(model, open("model.pkl", "wb"))
        columns = json.dumps([{"type": "double", "name": name, "required": True} for name in table.columns])
        open("MLmodel", "w").write("flavors:\n  sklearn:\n    pickled_model: model.pkl\nsignature:\n  inputs: '%s'\n" % columns)
        table.assign(id=range(2000)).to_csv("in.csv", index=False)
        json.dump(model.predict(table).tolist(), open("expected.json", "w"))
        """;

    private const string Explainer = """
        class Explainer:
            def explain(self, payload, headers):
                print("an explainer at work")
                return {"explanations": [{"why": "because of %s" % row["x"]} for row in payload["instances"]]}
        """;

    [Fact]
    public async Task A_registered_model_of_sklearn_scores_files_of_either_kind_as_Python_predicts_and_is_explained()
    {
        var model = Directory.CreateDirectory(Path.Combine(Folder.FullPath, "fit")).FullName;
        await RunPythonAsync(model, Fit);
        await RegisterAsync("churn", model);
        string At(string file) => Path.Combine(model, file);

        var first = await TellAsync("score", "models:/churn@champion", At("in.csv"), At("scored.parquet"));
        Assert.True(first.Code == 0, first.Err);
        var second = await TellAsync("score", "models:/churn/1", At("scored.parquet"), At("again.csv"), "--id", "id", "--prediction-column", "again", "--batch-rows", "300");
        Assert.True(second.Code == 0, second.Err);

        var expected = JsonNode.Parse(await File.ReadAllTextAsync(At("expected.json"), Cancellation))!.AsArray().Select(label => (string)label!).ToArray();
        var lines = (await File.ReadAllLinesAsync(At("again.csv"), Cancellation)).Select(line => line.Split(',')).ToArray();
        var (id, again) = (Array.IndexOf(lines[0], "id"), Array.IndexOf(lines[0], "again"));
        Assert.Equal(expected.Select((label, row) => $"{row}:{label}"), lines[1..].Select(line => $"{line[id]}:{line[again]}"));
        Assert.Contains("probability_stays", lines[0]);

        await ServeAsync("churn", "sklearn", "models:/churn@champion", null);
        var rows = Path.Combine(model, "rows.json");
        await File.WriteAllTextAsync(rows, """[{"age": 30, "income": 70}, {"age": 80, "income": 20}]""", Cancellation);
        var background = Path.Combine(model, "background.json");
        await File.WriteAllTextAsync(background, """[{"age": 20, "income": 90}, {"age": 50, "income": 50}, {"age": 85, "income": 10}]""", Cancellation);
        var told = await TellAsync("explain", "churn", rows, "--background", background, "--output", "json");
        Assert.True(told.Code == 0, told.Err);
        foreach (var row in JsonNode.Parse(told.Out)!["explanations"]!.AsArray())
        {
            var sum = (double)row!["base_value"]! + row["contributions"]!.AsObject().Sum(c => (double)c.Value!);
            Assert.Equal("probability", (string)row["space"]!);
            Assert.Equal((double)row["value"]!, sum, 6);
        }

        Assert.Contains("stays would be leaves with", (await TellAsync(
            "explain", "churn", rows, "--background", background, "--method", "counterfactual", "--wanted", "leaves")).Out, StringComparison.Ordinal);
        var wrong = await TellAsync("explain", "churn", rows, "--method", "tree", "--background", background);
        Assert.Equal(1, wrong.Code);
        Assert.Contains("Use kernel", wrong.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_onnx_model_is_explained_by_the_built_in_methods_and_by_an_explainer_of_ones_own()
    {
        await ScalingModel.ServeAsync(Client, versions: 1, Cancellation);
        var rows = Path.Combine(Folder.FullPath, "rows.json");
        await File.WriteAllTextAsync(rows, """[{"x": [3]}]""", Cancellation);
        var told = await ExplainedAsync("scaling", rows, "--background", rows, "--output", "json");
        Assert.Equal(3, (double)JsonNode.Parse(told)!["explanations"]![0]!["value"]!, 6);

        var folder = Directory.CreateDirectory(Path.Combine(Folder.FullPath, "why")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "model.py"), Explainer, Cancellation);
        await ServeAsync("why", "onnx", "models:/scaling/1", folder);
        Assert.Equal("row 1: {\"why\":\"because of [3]\"}\n", await ExplainedAsync("why", rows));
        Assert.Contains("an explainer at work", (await TellAsync("logs", "why", "--component", "explainer", "--tail", "5")).Out, StringComparison.Ordinal);
        Assert.Contains("no predictor of 'why' has run in worker processes", (await TellAsync("logs", "why")).Err, StringComparison.Ordinal);
    }

    /// <summary>Asks until the service is up.</summary>
    private async Task<string> ExplainedAsync(params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            var told = await TellAsync(["explain", .. arguments]);
            if (told.Code == 0)
            {
                return told.Out;
            }

            Assert.False(limit.IsCancellationRequested, told.Err);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task ServeAsync(string name, string format, string storageUri, string? explainer)
    {
        static JsonObject Component(string format, string uri) => new()
        {
            ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = format }, ["storageUri"] = uri },
        };
        var spec = new JsonObject { ["predictor"] = Component(format, storageUri) };
        if (explainer is not null)
        {
            spec["explainer"] = Component("python", $"file://{explainer}");
        }

        await ScalingModel.PostAsync(Client, "apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec,
        }, Cancellation);
        var ready = await TellAsync("wait", $"inferenceservice/{name}", "--for", "condition=Ready", "--timeout", "60s");
        Assert.True(ready.Code == 0, ready.Err);
    }

    private async Task RegisterAsync(string name, string folder)
    {
        var run = (await ScalingModel.PostAsync(Client, "api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = "0" }, Cancellation))["run"]!["info"]!;
        var root = ((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/');
        foreach (var file in (string[])["model.pkl", "MLmodel"])
        {
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(folder, file), Cancellation));
            using var answer = await Client.PutAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{root}/model/{file}", UriKind.Relative), content, Cancellation);
            Assert.True(answer.IsSuccessStatusCode, file);
        }

        await ScalingModel.PostAsync(Client, "api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = name }, Cancellation);
        await ScalingModel.PostAsync(
            Client, "api/2.0/mlflow/model-versions/create",
            new JsonObject { ["name"] = name, ["source"] = $"runs:/{run["run_id"]}/model", ["run_id"] = (string)run["run_id"]! }, Cancellation);
        await ScalingModel.PostAsync(
            Client, "api/2.0/mlflow/registered-models/alias", new JsonObject { ["name"] = name, ["alias"] = "champion", ["version"] = "1" }, Cancellation);
    }

    private static async Task RunPythonAsync(string folder, string script)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", script]) { RedirectStandardError = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await complaints);
    }

    private async Task<(int Code, string Out, string Err)> TellAsync(params string[] arguments)
    {
        await using var program = SlipwayProgram.Start([.. arguments, "--server", Client.BaseAddress!.ToString()]);
        var code = await program.ExitAsync(Cancellation);
        return (code, program.Output, program.Errors);
    }
}
