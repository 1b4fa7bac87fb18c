using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Models;

/// <summary>
/// Folders as MLflow 3.11 wrote them (<c>Models/Mlflow</c>), put up through the registry's routes and answered by Python workers that have no mlflow.
/// The models were saved with <c>mlflow.sklearn.save_model</c> (a scaler and a logistic regression of scikit-learn 1.2) and <c>mlflow.pyfunc.save_model</c>
/// with a module of its own.
/// </summary>
public sealed class MlflowFolderTests : ServerOfItsOwn
{
    private static readonly string Folders = Path.Combine(AppContext.BaseDirectory, "Models", "Mlflow");

    [Fact]
    public async Task AModelOfScikitLearn_AnswersOverEveryProtocolAsItDidInPython()
    {
        await ServeAsync("iris");

        // What MLflow noted beside the model as a request to its scoring server, and what the model said to it when it was saved.
        var example = await File.ReadAllTextAsync(Path.Combine(Folders, "iris", "serving_input_example.json"), TestContext.Current.CancellationToken);
        const string Said = """["setosa","versicolor","virginica"]""";
        Assert.Equal(Said, (await AnswerAsync("serve/iris/invocations", example))["predictions"]!.ToJsonString());
        var rows = JsonNode.Parse(example)!["dataframe_split"]!["data"]!;
        Assert.Equal(Said, (await AnswerAsync("v1/models/iris:predict", new JsonObject { ["instances"] = rows.DeepClone() }.ToJsonString()))["predictions"]!.ToJsonString());
        var columns = new JsonArray([.. new[] { "sepal_length", "sepal_width", "petal_length", "petal_width" }.Select((name, i) => new JsonObject
        {
            ["name"] = name, ["shape"] = new JsonArray(3), ["datatype"] = "FP64", ["data"] = new JsonArray([.. rows.AsArray().Select(r => r![i]!.DeepClone())]),
        })]);
        Assert.Equal(Said, (await AnswerAsync("v2/models/iris/infer", new JsonObject { ["inputs"] = columns }.ToJsonString()))["outputs"]![0]!["data"]!.ToJsonString());

        var (status, words) = await AskAsync("serve/iris/invocations", """{"dataframe_records":[{"sepal_length":1,"sepal_width":1,"petal_length":1}]}""");
        Assert.Equal(400, status);
        Assert.Contains("petal_width", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModuleOfItsOwn_IsGivenTheParamsOfTheRequest()
    {
        await ServeAsync("weighing");
        const string Path = "serve/weighing/invocations";

        Assert.Equal("[2.5,5]", (await AnswerAsync(Path, """{"dataframe_split":{"columns":["x"],"data":[[1],[2]]}}"""))["predictions"]!.ToJsonString());
        Assert.Equal("[7.5]", (await AnswerAsync(Path, """{"inputs":{"x":[1]},"params":{"times":3}}"""))["predictions"]!.ToJsonString());

        Assert.Equal((400, true), await RefusedAsync(Path, """{"inputs":{"x":[1]},"params":{"time":3}}""", "params.time: no such parameter; the model has times"));
        Assert.Equal((400, true), await RefusedAsync(Path, """{"inputs":{"x":[1]},"params":{"times":"often"}}""", "params.times"));
        Assert.Equal((400, true), await RefusedAsync(Path, """{"inputs":{"x":[1]},"params":[3]}""", "params"));
    }

    private async Task<(int Status, bool Names)> RefusedAsync(string path, string body, string words)
    {
        var (status, text) = await AskAsync(path, body);
        return (status, text.Contains(words, StringComparison.Ordinal));
    }

    private async Task ServeAsync(string name)
    {
        var run = (await PostAsync("api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = "0" }))["run"]!["info"]!;
        var root = ((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/');
        var folder = Path.Combine(Folders, name);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = $"api/2.0/mlflow-artifacts/artifacts/{root}/model/{Path.GetRelativePath(folder, file)}";
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            using var answer = await Client.PutAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, path);
        }

        await PostAsync("api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = name });
        await PostAsync("api/2.0/mlflow/model-versions/create", new JsonObject { ["name"] = name, ["source"] = $"runs:/{run["run_id"]}/model", ["run_id"] = (string)run["run_id"]! });
        await PostAsync("api/2.0/mlflow/registered-models/alias", new JsonObject { ["name"] = name, ["alias"] = "champion", ["version"] = "1" });

        // As KServe's SDK writes it: with the name of a container, which is empty.
        await PostAsync("apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService", ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["predictor"] = new JsonObject
                {
                    ["minReplicas"] = 1,
                    ["model"] = new JsonObject { ["name"] = "", ["modelFormat"] = new JsonObject { ["name"] = "mlflow" }, ["protocolVersion"] = "v2", ["storageUri"] = $"models:/{name}@champion" },
                },
            },
        });
    }

    /// <summary>Asks until the service is up.</summary>
    private async Task<JsonObject> AnswerAsync(string path, string body)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            var (status, text) = await AskAsync(path, body);
            if (status == 200)
            {
                return JsonNode.Parse(text)!.AsObject();
            }

            Assert.True(status is 404 or 503, text);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private async Task<(int Status, string Text)> AskAsync(string path, string body)
    {
        using var content = new StringContent(body, null, "application/json");
        using var answer = await Client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<JsonObject> PostAsync(string path, JsonObject body)
    {
        using var answer = await Client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }
}
