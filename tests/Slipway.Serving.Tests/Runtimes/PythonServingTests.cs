using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Platform.Controllers;
using Slipway.Serving.Predictions;
using Slipway.Serving.Runtimes.Python;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>Models of Python libraries through every protocol, against what the library itself says.</summary>
public sealed class PythonServingTests
{
    private const string Iris = """
        import json, pickle, numpy
        from sklearn.datasets import load_iris
        X, y = load_iris(return_X_y=True)
        rows = X[[0, 60, 120]]

        """;

    [Fact]
    public async Task AClassifierOfSklearn_AnswersOverEveryProtocol_AsInPython()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var (model, printed) = await PythonModels.MakeAsync(folder, Iris + """
            from sklearn.linear_model import LogisticRegression
            model = LogisticRegression(max_iter=500).fit(X, numpy.array(["setosa", "versicolor", "virginica"])[y])
            pickle.dump(model, open("model.pkl", "wb"))
            print(json.dumps({"labels": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).tolist(), "rows": rows.tolist()}))
            """);
        var expected = JsonNode.Parse(printed)!;
        var applied = await host.ApplyAsync("iris", Predictor("sklearn", model));
        Assert.Equal("True", Conditions.StatusOf(applied, "Ready"));
        Assert.Equal("True", Conditions.StatusOf(applied, "ReplicasReady"));

        var described = await host.JsonAsync("/v2/models/iris");
        Assert.Equal("sklearn_logisticregression", (string)described["platform"]!);
        Assert.Equal("""[{"name":"input-0","datatype":"FP64","shape":[-1,4]}]""", Plain(described["inputs"]!));

        var answer = await InferAsync(host, "iris", Matrix(expected["rows"]!));
        Assert.Equal(expected["labels"]!.ToJsonString(), Output(answer, "label")["data"]!.ToJsonString());
        Near(expected["probabilities"]!.AsArray().SelectMany(r => r!.AsArray()), Output(answer, "probabilities")["data"]!.AsArray());

        // Chosen outputs, in the order asked for.
        var request = Matrix(expected["rows"]!);
        request["outputs"] = new JsonArray(new JsonObject { ["name"] = "probabilities" });
        Assert.Equal(["probabilities"], (await InferAsync(host, "iris", request))["outputs"]!.AsArray().Select(o => (string)o!["name"]!));

        using var v1 = await host.Http.PostAsync("/v1/models/iris:predict", Json(new JsonObject { ["instances"] = expected["rows"]!.DeepClone() }));
        Assert.Contains("virginica", await v1.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var invoked = await host.Http.PostAsync("/serve/iris/invocations", Json(new JsonObject { ["inputs"] = expected["rows"]!.DeepClone() }));
        Assert.Equal(HttpStatusCode.OK, invoked.StatusCode);
        Assert.Contains("setosa", await invoked.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // The log knows labels and probabilities as it does of ONNX models.
        Assert.Equal(12, (long)(await host.SummaryAsync("iris"))["served"]!);
        var logged = await host.Get<PredictionStore>().ReadAsync("default", "iris", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), CancellationToken.None);
        Assert.Equal(4, logged.Count(r => r.PredictionText == "virginica"));
        Assert.All(logged, r => Assert.StartsWith("""{"setosa":""", r.Probabilities, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatDoesNotFit_IsRefusedByName_BeforeAWorkerIsAsked()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var (model, _) = await PythonModels.MakeAsync(folder, Iris + """
            import pandas
            from sklearn.compose import ColumnTransformer
            from sklearn.pipeline import Pipeline
            from sklearn.preprocessing import OneHotEncoder
            from sklearn.linear_model import LinearRegression
            table = pandas.DataFrame({"city": ["a", "b", "a", "c"], "size": [1.0, 2.0, 3.0, 4.0]})
            one_hot = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"])], remainder="passthrough")
            pickle.dump(Pipeline([("one", one_hot), ("two", LinearRegression())]).fit(table, [1, 2, 3, 4]), open("model.pkl", "wb"))
            """);
        await host.ApplyAsync("homes", Predictor("sklearn", model));

        Assert.Equal(
            """[{"name":"city","datatype":"BYTES","shape":[-1,1]},{"name":"size","datatype":"FP64","shape":[-1,1]}]""",
            Plain((await host.JsonAsync("/v2/models/homes"))["inputs"]!));
        var good = await InferAsync(host, "homes", Inputs(Tensor("city", "BYTES", [2, 1], "a", "c"), Tensor("size", "FP32", [2], 1, 4)));
        Near([1, 4], Output(good, "prediction")["data"]!.AsArray());

        await RefusedAsync(host, "homes", "size: missing", Tensor("city", "BYTES", [1, 1], "a"));
        await RefusedAsync(host, "homes", "town: no such input; the model has city, size", Tensor("town", "BYTES", [1], "a"), Tensor("size", "FP64", [1], 1));
        await RefusedAsync(host, "homes", "city: datatype FP64 given, the model needs BYTES", Tensor("city", "FP64", [1], 1), Tensor("size", "FP64", [1], 1));
        await RefusedAsync(host, "homes", "shape [1, 2] given", Tensor("city", "BYTES", [1], "a"), Tensor("size", "FP64", [1, 2], 1, 2));
        await RefusedAsync(host, "homes", "columns of unequal length: city 1, size 2", Tensor("city", "BYTES", [1], "a"), Tensor("size", "FP64", [2], 1, 2));

        using var invoked = await host.Http.PostAsync(
            "/serve/homes/invocations", Json(JsonNode.Parse("""{"dataframe_split":{"columns":["size","city"],"data":[[1.0,"a"],[4.0,"c"]]}}""")!));
        Near([1, 4], (await invoked.Content.ReadFromJsonAsync<JsonObject>())!["predictions"]!.AsArray());
    }

    [Fact]
    public async Task XgboostModels_AnswerAsInPython_WhicheverWayTheyWereSaved()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var (classifier, printed) = await PythonModels.MakeAsync(folder, Iris + """
            import xgboost
            model = xgboost.XGBClassifier(n_estimators=8).fit(X, y)
            model.save_model("model.json")
            print(json.dumps({"labels": model.predict(rows).tolist(), "probabilities": model.predict_proba(rows).astype(float).tolist(), "rows": rows.tolist()}))
            """);
        var (booster, raw) = await PythonModels.MakeAsync(folder, Iris + """
            import xgboost
            model = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(X, y, feature_names=["a", "b", "c", "d"]), 5)
            model.save_model("model.ubj")
            print(json.dumps({"values": model.predict(xgboost.DMatrix(rows, feature_names=["a", "b", "c", "d"])).astype(float).tolist(), "rows": rows.tolist()}))
            """);
        await host.ApplyAsync("classes", Predictor("xgboost", classifier));
        await host.ApplyAsync("values", Predictor("xgboost", booster));

        var expected = JsonNode.Parse(printed)!;
        var answer = await InferAsync(host, "classes", Matrix(expected["rows"]!));
        Assert.Equal(expected["labels"]!.ToJsonString(), Output(answer, "label")["data"]!.ToJsonString());
        Near(expected["probabilities"]!.AsArray().SelectMany(r => r!.AsArray()), Output(answer, "probabilities")["data"]!.AsArray());

        expected = JsonNode.Parse(raw)!;
        using var byName = await host.Http.PostAsync("/v1/models/values:predict", Json(new JsonObject { ["instances"] = expected["rows"]!.DeepClone() }));
        Near(expected["values"]!.AsArray(), (await byName.Content.ReadFromJsonAsync<JsonObject>())!["predictions"]!.AsArray());
        Near(expected["values"]!.AsArray(), Output(await InferAsync(host, "values", Matrix(expected["rows"]!, "all")), "prediction")["data"]!.AsArray());
    }

    [Fact]
    public async Task ATorchscript_AnswersAsInPython_OverBinaryTensors()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var (model, printed) = await PythonModels.MakeAsync(folder, """
            import json, torch
            torch.manual_seed(1)
            net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
            torch.jit.script(net).save("model.pt")
            print(json.dumps(net(torch.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])).flatten().tolist()))
            """);
        await host.ApplyAsync("net", Predictor("pytorch", model));

        var head = Encoding.UTF8.GetBytes("""{"inputs":[{"name":"input-0","shape":[2,3],"datatype":"FP32","parameters":{"binary_data_size":24}}],"outputs":[{"name":"prediction","parameters":{"binary_data":true}}]}""");
        var values = new float[] { 1, 2, 3, 0, -1, 4 };
        using var content = new ByteArrayContent([.. head, .. values.SelectMany(BitConverter.GetBytes)]);
        content.Headers.Add("Inference-Header-Content-Length", head.Length.ToString(CultureInfo.InvariantCulture));
        using var response = await host.Http.PostAsync("/v2/models/net/infer", content);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));

        var start = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
        var got = Enumerable.Range(0, 4).Select(i => (double)BitConverter.ToSingle(bytes, start + (4 * i)));
        Near(JsonNode.Parse(printed)!.AsArray(), new JsonArray([.. got.Select(v => (JsonNode)v)]), 1e-5);
    }

    [Fact]
    public async Task AModelOfMlflow_IsRegisteredPointedAtAndServed_WithItsSignatureEnforced()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var (model, printed) = await PythonModels.MakeAsync(folder, Iris + """
            import os
            from sklearn.ensemble import RandomForestClassifier
            model = RandomForestClassifier(20, random_state=0).fit(X, y)
            pickle.dump(model, open("model.pkl", "wb"))
            columns = json.dumps([{"name": name, "type": "double"} for name in ("sl", "sw", "pl")] + [{"name": "pw", "type": "float"}])
            open("MLmodel", "w").write("flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    predict_fn: predict\n  sklearn:\n    code: null\n"
                "    pickled_model: model.pkl\n    serialization_format: cloudpickle\n    sklearn_version: 1.2.1\nsignature:\n  inputs: '" + columns + "'\n  outputs: '[{\"type\": \"long\"}]'\n")
            print(json.dumps({"labels": model.predict(rows).tolist(), "rows": rows.tolist()}))
            """);
        var expected = JsonNode.Parse(printed)!;
        await host.ApplyAsync("flowers", Predictor("mlflow", model));

        var split = new JsonObject { ["dataframe_split"] = new JsonObject { ["columns"] = new JsonArray("sl", "sw", "pl", "pw"), ["data"] = expected["rows"]!.DeepClone() } };
        using var invoked = await host.Http.PostAsync("/serve/flowers/invocations", Json(split));
        var answered = (await invoked.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(expected["labels"]!.ToJsonString(), answered["predictions"]?.ToJsonString() ?? answered.ToJsonString());

        // FP64 does not become FP32 without loss.
        await RefusedAsync(
            host, "flowers", "pw: datatype FP64 given, the model needs FP32", Tensor("sl", "FP64", [1], 1), Tensor("sw", "FP64", [1], 1), Tensor("pl", "FP32", [1], 1), Tensor("pw", "FP64", [1], 1));
    }

    [Fact]
    public async Task AClassOfTheUsersOwn_IsServed_WithEnvironmentAndArguments()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var model = PythonModels.Custom(folder, """
            import os, sys

            class Doubler:
                inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}, {"name": "who", "datatype": "BYTES", "shape": [-1]}]
                outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}, {"name": "greeting", "datatype": "BYTES", "shape": [-1]}]

                def load(self, folder):
                    self.files = sorted(os.listdir(folder))

                def predict(self, inputs):
                    if inputs["x"].min() < 0:
                        raise ValueError("x must not be negative")
                    return {"y": inputs["x"].sum(axis=1) * 2, "greeting": [os.environ["GREETING"] + " " + who + " " + " ".join(sys.argv[1:]) for who in inputs["who"]]}
            """);
        var predictor = Predictor("python", model);
        predictor["model"]!["env"] = new JsonArray(new JsonObject { ["name"] = "GREETING", ["value"] = "hello" });
        predictor["model"]!["args"] = new JsonArray("and", "goodbye");
        await host.ApplyAsync("own", predictor);

        var answer = await InferAsync(host, "own", Inputs(Tensor("x", "FP64", [1, 2], 1, 2), Tensor("who", "BYTES", [1], "Zürich")));
        Assert.Equal("[6]", Output(answer, "y")["data"]!.ToJsonString());
        Assert.Equal("hello Zürich and goodbye", (string)Output(answer, "greeting")["data"]![0]!);
        await RefusedAsync(host, "own", "x must not be negative", Tensor("x", "FP64", [1, 2], -1, 2), Tensor("who", "BYTES", [1], "a"));
    }

    [Theory]
    [InlineData("sklearn", "model.pkl", "this is no pickle", "ModelInvalid", "cannot be unpickled")]
    [InlineData("xgboost", "model.json", "{}", "ModelInvalid", "no model of xgboost")]
    [InlineData("pytorch", "model.pt", "x", "ModelInvalid", "no model of torch")]
    [InlineData("python", "model.py", "class Model:\n    def predict(self, inputs): pass\n    def load(self, folder): import nowhere_to_be_found", "ModelInvalid", "nowhere_to_be_found")]
    [InlineData("python", "model.py", "import os\nos._exit(7)", "ModelInvalid", "exit code 7")]
    [InlineData("lightgbm", "model.txt", "x", "ModelUnsupported", "needs the Python package lightgbm")]
    [InlineData("sklearn", "readme.md", "x", "ModelInvalid", "holds one of model.pkl")]
    [InlineData("mlflow", "model.pkl", "x", "ModelInvalid", "has no MLmodel file")]
    public async Task ABrokenModel_IsToldInWords_AndLeavesNoProcess(string format, string file, string content, string reason, string words)
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        File.WriteAllText(Path.Combine(folder.FullPath, file), content);

        var applied = await host.ApplyAsync("broken", Predictor(format, folder.FullPath));

        var condition = applied.Status["conditions"]!.AsArray().Single(c => (string)c!["type"]! == "PredictorReady")!;
        Assert.Contains(words, (string)condition["message"]!, StringComparison.Ordinal);
        Assert.Equal(reason, (string)condition["reason"]!);

        // It is told as soon as the worker has said it; the process is gone a moment later.
        await Eventually.HoldsAsync(() => host.Get<WorkerHost>().Count == 0);
    }

    internal static JsonObject Predictor(string format, string folder, int min = 1, int max = 1) => new()
    {
        ["minReplicas"] = min, ["maxReplicas"] = max,
        ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = format }, ["storageUri"] = "file://" + folder },
    };

    internal static JsonObject Inputs(params JsonObject[] inputs) => new() { ["inputs"] = new JsonArray([.. inputs]) };

    internal static JsonObject Tensor(string name, string datatype, int[] shape, params object[] data) => new()
    {
        ["name"] = name, ["datatype"] = datatype, ["shape"] = new JsonArray([.. shape.Select(s => (JsonNode)s)]), ["data"] = new JsonArray([.. data.Select(d => JsonValue.Create(d))]),
    };

    internal static StringContent Json(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    internal static async Task<JsonObject> InferAsync(ServingHost host, string service, JsonObject request)
    {
        using var response = await host.Http.PostAsync($"/v2/models/{service}/infer", Json(request));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return (JsonObject)JsonNode.Parse(text)!;
    }

    private static JsonObject Matrix(JsonNode rows, string name = "input-0")
    {
        var data = new JsonArray([.. rows.AsArray().SelectMany(r => r!.AsArray()).Select(v => v!.DeepClone())]);
        return Inputs(new JsonObject { ["name"] = name, ["datatype"] = "FP64", ["shape"] = new JsonArray(rows.AsArray().Count, data.Count / rows.AsArray().Count), ["data"] = data });
    }

    private static async Task RefusedAsync(ServingHost host, string service, string words, params JsonObject[] inputs)
    {
        using var response = await host.Http.PostAsync($"/v2/models/{service}/infer", Json(Inputs(inputs)));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!, StringComparison.Ordinal);
    }

    private static JsonNode Output(JsonObject answer, string name) => answer["outputs"]!.AsArray().Single(o => (string)o!["name"]! == name)!;

    private static string Plain(JsonNode tensors) => new JsonArray([.. tensors.AsArray().Select(t => new JsonObject
    {
        ["name"] = t!["name"]!.DeepClone(), ["datatype"] = t["datatype"]!.DeepClone(), ["shape"] = t["shape"]!.DeepClone(),
    })]).ToJsonString();

    private static void Near(IEnumerable<JsonNode?> expected, JsonArray actual, double within = 1e-6) =>
        Near(expected.Select(v => v!.GetValue<double>()), actual, within);

    private static void Near(IEnumerable<double> expected, JsonArray actual, double within = 1e-6)
    {
        var wanted = expected.ToArray();
        Assert.Equal(wanted.Length, actual.Count);
        Assert.All(wanted.Zip(actual), p => Assert.InRange(p.Second!.GetValue<double>(), p.First - within, p.First + within));
    }
}
