using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;

namespace Slipway.Serving.Tests.Explanations;

public sealed class ExplainHttpTests
{
    private const string Rows = """[{"x":1.5,"z":0.5,"city":"Boston"},{"x":null,"z":1,"city":"Austin"},{"x":-1,"z":0.2,"city":"Nowhere"}]""";

    [Theory]
    [InlineData(LearningTask.Regression)]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    public async Task OurOwnTrees_AreExplainedWithoutBackground_AndSumToTheMargin(LearningTask task)
    {
        await using var host = await ServedAsync(await TreeModelFiles.TrainedAsync(task));

        var rows = await ExplainAsync(host, $$"""{"instances":{{Rows}},"parameters":{"class":"all"} }""");

        Assert.Equal(3, rows.Count);
        foreach (var row in rows)
        {
            Assert.Equal("tree-path-dependent", (string)row!["method"]!);
            Assert.Equal("training rows", (string)row["background"]!["source"]!);
            JsonNode[] outputs = row["outputs"] is JsonArray several ? [.. several.Select(o => o!)] : [row];
            Assert.All(outputs, o => AssertAdds(o));
            switch (task)
            {
                case LearningTask.Regression:
                    Assert.Equal("prediction", (string)row["space"]!);
                    Assert.Equal((double)row["prediction"]!, (double)row["value"]!, 1e-4);
                    break;
                case LearningTask.Binary:
                    var p = (double)row["probabilities"]!["yes"]!;
                    Assert.Equal(("margin", "yes"), ((string)row["space"]!, (string)row["output"]!));
                    Assert.Equal(Math.Log(p / (1 - p)), (double)row["value"]!, 1e-3);
                    break;
                default:
                    Assert.Equal(["low", "middle", "top"], outputs.Select(o => (string)o["output"]!));
                    Assert.Equal((string)row["prediction"]!, (string)outputs.MaxBy(o => (double)o["value"]!)!["output"]!);
                    break;
            }
        }
    }

    [Fact]
    public async Task TreesAgainstABackground_AreTheDefinition_AsThePredictionsSayIt()
    {
        await using var host = await ServedAsync(await TreeModelFiles.TrainedAsync(LearningTask.Regression));
        var (x, z, city) = (new[] { "1.5", "-1", "0.3" }, new[] { "0.5", "0.2", "1.9" }, new[] { "\"Boston\"", "\"Austin\"", "\"Denver\"" });
        string Mixed(HashSet<int> present, int other) =>
            $$"""{"x":{{x[present.Contains(0) ? 0 : other]}},"z":{{z[present.Contains(1) ? 0 : other]}},"city":{{city[present.Contains(2) ? 0 : other]}} }""";

        var answer = await PostAsync(host, "/v1/models/m:predict", $$"""{"instances":[{{string.Join(',', All().Select(s => $"{Mixed(s, 1)},{Mixed(s, 2)}"))}}]}""");
        var predictions = JsonNode.Parse(answer.Body)!["predictions"]!.AsArray().Select(p => (double)p![0]!).ToArray();
        var expected = BruteForce.Shapley(3, present => predictions.Skip(2 * present.Sum(p => 1 << p)).Take(2).Average());

        foreach (var method in new[] { "auto", "tree-interventional", "kernel" })
        {
            var row = (await ExplainAsync(host, $$"""{"instances":[{{Mixed([0, 1, 2], 1)}}],"parameters":{"method":"{{method}}","background":[{{Mixed([], 1)}},{{Mixed([], 2)}}]} }"""))[0]!;
            Assert.Equal(method == "kernel" ? "kernel" : "tree-interventional", (string)row["method"]!);
            Assert.Equal(("request", 2), ((string)row["background"]!["source"]!, (int)row["background"]!["rows"]!));
            Assert.Equal(expected[0], (double)row["contributions"]!["x"]!, 1e-4);
            Assert.Equal(expected[1], (double)row["contributions"]!["z"]!, 1e-4);
            Assert.Equal(expected[2], (double)row["contributions"]!["city"]!, 1e-4);
        }

        static IEnumerable<HashSet<int>> All() => Enumerable.Range(0, 8).Select(bits => Enumerable.Range(0, 3).Where(p => (bits >> p & 1) != 0).ToHashSet());
    }

    public static TheoryData<string, string> Converted => new()
    {
        { "sum", "tree-interventional" }, { "average with base", "tree-interventional" }, { "logistic regressor", "tree-interventional" }, { "scaled", "tree-interventional" },
        { "binary of one score", "tree-interventional" }, { "binary of two", "kernel" }, { "softmax", "tree-interventional" }, { "binary without transform", "tree-interventional" },
        { "minimum", "kernel" },
    };

    /// <summary>The server itself compares its reading with the runtime's scores, so an answer at all says that they agree; Kernel SHAP knows nothing of trees.</summary>
    [Theory]
    [MemberData(nameof(Converted))]
    public async Task ConvertersForms_AreReadAsTheRuntimeReadsThem(string form, string method)
    {
        var model = form switch
        {
            "sum" => TreeModelFiles.Regressor(),
            "average with base" => TreeModelFiles.Regressor("AVERAGE", [0.25f]),
            "logistic regressor" => TreeModelFiles.Regressor(transform: "LOGISTIC"),
            "scaled" => TreeModelFiles.Regressor(scaled: true),
            "minimum" => TreeModelFiles.Regressor("MIN"),
            "binary of one score" => TreeModelFiles.Classifier("LOGISTIC", 2, [0, 0, 0, 0, 0], [0.5f]),
            "binary of two" => TreeModelFiles.Classifier("SOFTMAX", 2, [0, 1, 0, 1, 1], [0.5f, -0.5f]),
            "binary without transform" => TreeModelFiles.Classifier("NONE", 2, [0, 0, 0, 0, 0], []),
            _ => TreeModelFiles.Classifier("SOFTMAX", 3, [0, 1, 2, 0, 1], [0.1f, 0.2f, 0.3f]),
        };
        await using var host = await ServedAsync(model);
        const string Instances = "[[0,2,0],[1,3,5],[null,7,1],[0.5,6,2],[2,4,1]]";
        const string Background = "[[0,2,2],[1,1,0],[0.7,3,0.5]]";

        var trees = await ExplainAsync(host, $$"""{"instances":{{Instances}},"parameters":{"background":{{Background}} } }""");
        var kernel = await ExplainAsync(host, $$"""{"instances":{{Instances}},"parameters":{"background":{{Background}},"method":"kernel"} }""");

        for (var i = 0; i < 5; i++)
        {
            AssertAdds(trees[i]!);
            Assert.Equal(method, (string)trees[i]!["method"]!);
            if ((string)trees[i]!["space"]! != "prediction" || method == "kernel")
            {
                continue;
            }

            foreach (var (feature, value) in trees[i]!["contributions"]!.AsObject())
            {
                Assert.Equal((double)kernel[i]!["contributions"]![feature]!, (double)value!, 1e-5);
            }
        }
    }

    [Fact]
    public async Task AModelOfNoTrees_IsExplainedByKernelShap_WorkedOutByHand()
    {
        await using var host = await ServedAsync(TreeModelFiles.Product);

        // a b + c at (3, 4, 5) against (1, 2, 7): 9 nothing, 13 a alone, 11 b alone, 7 c alone; a and b: 19.
        var row = (await ExplainAsync(host, """{"instances":[[3,4,5]],"parameters":{"background":[[1,2,7]]}}"""))[0]!;

        Assert.Equal(("kernel", "prediction", true), ((string)row["method"]!, (string)row["space"]!, (bool)row["exact"]!));
        Assert.Equal((9, 17), ((double)row["base_value"]!, (double)row["value"]!));
        Assert.Equal(6, (double)row["contributions"]!["a"]!, 1e-9);
        Assert.Equal(4, (double)row["contributions"]!["b"]!, 1e-9);
        Assert.Equal(-2, (double)row["contributions"]!["c"]!, 1e-9);
        Assert.Contains("no trees", (string)row["note"]!, StringComparison.Ordinal);

        var grouped = (await ExplainAsync(host, """{"instances":[[3,4,5]],"parameters":{"background":[[1,2,7]],"groups":{"area":["a","b"]}}}"""))[0]!;
        Assert.Equal("""{"area":10,"c":-2}""", grouped["contributions"]!.ToJsonString());
    }

    [Fact]
    public async Task WithoutBackground_TheLogIsUsed_AndWithoutThat_TheCureIsSaid()
    {
        await using var host = await ServedAsync(TreeModelFiles.Product);

        var (status, refused) = await PostAsync(host, "/v1/models/m:explain", """{"instances":[[3,4,5]]}""");
        Assert.Equal(400, status);
        Assert.Contains("background_dataset", refused, StringComparison.Ordinal);

        Assert.Equal(200, (await PostAsync(host, "/v1/models/m:predict", """{"instances":[[1,2,7],[2,2,2]]}""")).Status);
        var row = (await ExplainAsync(host, """{"instances":[[3,4,5]]}"""))[0]!;
        Assert.Equal(("prediction log", 2), ((string)row["background"]!["source"]!, (int)row["background"]!["rows"]!));
        AssertAdds(row);
    }

    [Fact]
    public async Task EveryPath_AnswersTheSame_AndV2TakesTensors()
    {
        await using var host = await ServedAsync(TreeModelFiles.Product);
        await host.MoveAsync("m", "champion", 1);
        const string Body = """{"instances":[[3,4,5]],"parameters":{"background":[[1,2,7]],"seed":7}}""";

        var first = await PostAsync(host, "/v1/models/m:explain", Body);
        Assert.Equal(200, first.Status);
        foreach (var path in new[] { "/v1/models/m/versions/1:explain", "/v1/models/m/labels/champion:explain", "/serving/default/m/v1/models/m:explain", "/serving/default/m/v1/models/m/versions/1:explain", "/serving/default/m/v1/models/m/labels/champion:explain" })
        {
            Assert.Equal(first, await PostAsync(host, path, Body));
        }

        foreach (var path in new[] { "/v2/models/m/explain", "/v2/models/m/versions/1/explain", "/serving/default/m/v2/models/m/explain", "/serving/default/m/v2/models/m/versions/1/explain" })
        {
            var (status, answer) = await PostAsync(host, path, """
                {"id":"q","inputs":[{"name":"a","shape":[1,1],"datatype":"FP32","data":[3]},{"name":"b","shape":[1,1],"datatype":"FP32","data":[4]},
                {"name":"c","shape":[1,1],"datatype":"FP32","data":[5]}],"explain":{"background":[[1,2,7]]}}
                """);
            Assert.Equal(200, status);
            var read = JsonNode.Parse(answer)!;
            Assert.Equal(("m", "1", "q"), ((string)read["model_name"]!, (string)read["model_version"]!, (string)read["id"]!));
            Assert.Equal(6, (double)read["explanations"]![0]!["contributions"]!["a"]!, 1e-9);
        }

        Assert.Equal(404, (await PostAsync(host, "/v1/models/nobody:explain", Body)).Status);
        Assert.Equal(404, (await PostAsync(host, "/v1/models/m/versions/9:explain", Body)).Status);
        Assert.Equal(404, (await PostAsync(host, "/v2/models/m/versions/9/explain", Body)).Status);
    }

    [Fact]
    public async Task ManyFeatures_AreSampled_TheSameForTheSameSeed()
    {
        await using var host = await ServedAsync(Engines.Tests.Onnx.OnnxWriter.Model(
            [Engines.Tests.Onnx.OnnxWriter.Node("ReduceMax", ["x"], ["prediction"], "", Engines.Tests.Onnx.OnnxWriter.Ints("axes", 1), Engines.Tests.Onnx.OnnxWriter.Int("keepdims", 1))],
            [Engines.Tests.Onnx.OnnxWriter.Tensor("x", Slipway.Engines.Onnx.OnnxType.FP32, -1, 20)], [Engines.Tests.Onnx.OnnxWriter.Tensor("prediction", Slipway.Engines.Onnx.OnnxType.FP32, -1, 1)]));
        string Body(int seed) => $$"""{"instances":[[{{string.Join(',', Enumerable.Range(1, 20))}}]],"parameters":{"seed":{{seed}},"samples":400,"background":[[{{string.Join(',', Enumerable.Repeat(0, 20))}}]]} }""";

        var one = await PostAsync(host, "/v1/models/m:explain", Body(1));

        var row = JsonNode.Parse(one.Body)!["explanations"]![0]!;
        Assert.False((bool)row["exact"]!);
        AssertAdds(row);
        Assert.Equal(20, (double)row["value"]!);
        Assert.Equal("x[19]", row["contributions"]!.AsObject().MaxBy(c => (double)c.Value!).Key);
        Assert.Equal(one, await PostAsync(host, "/v1/models/m:explain", Body(1)));
        Assert.NotEqual(one, await PostAsync(host, "/v1/models/m:explain", Body(2)));
    }

    [Theory]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"method":"magic"}}""", "parameters.method")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"sedd":1}}""", "parameters.sedd")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background":[]}}""", "parameters.background")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background":[[1,2]]}}""", "background")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background":[[1,2,3]],"method":"tree"}}""", "does not apply")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background":[[1,2,3]],"class":"yes"}}""", "class: 'yes'")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background":[[1,2,3]],"groups":{"g":["a","q"]}}}""", "'q' is not a feature")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"method":"counterfactual"}}""", "wanted: is missing")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"method":"counterfactual","wanted":{"class":"x"},"background":[[1,2,3]]}}""", "wanted")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"method":"counterfactual","wanted":{"class":"x","min":3}}}""", "parameters.wanted")]
    [InlineData("""{"parameters":{"method":"permutation"}}""", "feedback")]
    [InlineData("""{"parameters":{}}""", "no rows to explain")]
    [InlineData("""{"instances":[[3,4]]}""", "must be an object with a, b, c")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":[]}""", "must be an object")]
    [InlineData("""{"instances":[[3,4,5]],"parameters":{"background_dataset":"d"}}""", "background_dataset")]
    public async Task AWrongRequest_IsRefusedInWords(string body, string says)
    {
        await using var host = await ServedAsync(TreeModelFiles.Product);

        var (status, answer) = await PostAsync(host, "/v1/models/m:explain", body);

        Assert.Equal(400, status);
        Assert.Contains(says, (string)JsonNode.Parse(answer)!["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_AreKept_WithTheSettingThatRaisesThem()
    {
        await using var host = await ServingHost.StartAsync(
            null, ("Serving:Explanations:MaxRows", "2"), ("Serving:Explanations:MaxFeatures", "3"), ("Serving:Explanations:MaxEvaluations", "1000"));
        await host.RegisterAsync("m", TreeModelFiles.Product);
        await host.RegisterAsync("wide", Engines.Tests.Onnx.OnnxWriter.Identity(Slipway.Engines.Onnx.OnnxType.FP32, -1, 4));
        await host.ApplyAsync("m", "models:/m/1");
        await host.ApplyAsync("wide", "models:/wide/1");

        var rows = await PostAsync(host, "/v1/models/m:explain", """{"instances":[[1,2,3],[1,2,3],[1,2,3]],"parameters":{"background":[[1,2,7]]}}""");
        Assert.Equal(413, rows.Status);
        Assert.Contains("MaxRows", rows.Body, StringComparison.Ordinal);
        var features = await PostAsync(host, "/v1/models/wide:explain", """{"instances":[[1,2,3,4]],"parameters":{"background":[[1,2,7,8]]}}""");
        Assert.Equal(400, features.Status);
        Assert.Contains("MaxFeatures", features.Body, StringComparison.Ordinal);
        var many = string.Join(',', Enumerable.Range(0, 1000).Select(i => string.Create(CultureInfo.InvariantCulture, $"[{i},{i},{i}]")));
        var evaluations = await PostAsync(host, "/v1/models/m:explain", $$"""{"instances":[[1,2,3]],"parameters":{"method":"counterfactual","wanted":{"min":1e9},"background":[{{many}}],"background_rows":1000} }""");
        Assert.Equal(413, evaluations.Status);
        Assert.Contains("MaxEvaluations", evaluations.Body, StringComparison.Ordinal);
    }

    private static void AssertAdds(JsonNode output)
    {
        var sum = (double)output["base_value"]! + output["contributions"]!.AsObject().Sum(c => (double)c.Value!);
        Assert.Equal((double)output["value"]!, sum, 1e-6);
    }

    internal static async Task<JsonArray> ExplainAsync(ServingHost host, string body)
    {
        var (status, answer) = await PostAsync(host, "/v1/models/m:explain", body);
        Assert.True(status == 200, answer);
        return JsonNode.Parse(answer)!["explanations"]!.AsArray();
    }

    internal static async Task<(int Status, string Body)> PostAsync(ServingHost host, string path, string body)
    {
        using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    internal static async Task<ServingHost> ServedAsync(byte[] model)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }
}
