using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Platform.Controllers;
using Slipway.Serving.Tests.Runtimes;

namespace Slipway.Serving.Tests.Explanations;

/// <summary>An explainer of the user's own, which asks the model with and without each feature.</summary>
public sealed class ExplainByCodeTests
{
    private const string Code = """
        import numpy, time

        class Explainer:
            def explain(self, payload, headers):
                do = payload.get("do", "")
                if do == "hang": time.sleep(60)
                if do == "fail": raise KeyError("x")
                if do == "refuse": raise ValueError("nothing to explain")
                if do == "wrong": self.predict({"x": numpy.zeros((1, 5))})
                if do == "greedy":
                    while True: self.predict({"x": numpy.zeros((1000, 2))})
                rows = numpy.array(payload["instances"], "f8")
                full = self.predict({"x": rows})["y"]
                without = [self.predict({"x": numpy.where(numpy.arange(2) == i, 0, rows)})["y"] for i in range(2)]
                return {"explanations": [{"value": full[r], "contributions": [full[r] - one[r] for one in without]} for r in range(len(rows))]}
        """;

    private const string Model = """
        class Model:
            inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 2]}]
            outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}]

            def predict(self, inputs):
                return {"y": inputs["x"][:, 0] * 3 + inputs["x"][:, 1]}
        """;

    [Fact]
    public async Task AModelThatGivesProbabilitiesAlone_IsExplainedByItsLikeliestClass()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", PythonServingTests.Predictor("python", PythonModels.Custom(folder, """
            import numpy

            class Model:
                inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 1]}]
                outputs = [{"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]}]
                classes = ["leaves", "stays"]

                def predict(self, inputs):
                    stays = numpy.clip(inputs["x"][:, 0], 0, 1)
                    return {"probabilities": numpy.column_stack([1 - stays, stays])}
            """)));

        async Task<JsonNode> ExplainAsync(string parameters)
        {
            using var response = await host.Http.PostAsync("/v1/models/m:explain", Json("""{"instances":[[0.25],[0.75]],"parameters":{"background":[[0],[0.5],[1]],""" + parameters + "}}"));
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["explanations"]!;
        }

        var kernel = await ExplainAsync("\"method\":\"kernel\"");
        Assert.Equal(["leaves", "stays"], kernel.AsArray().Select(row => (string)row!["prediction"]!));
        var changed = await ExplainAsync("\"method\":\"counterfactual\",\"wanted\":{\"class\":\"stays\"}");
        Assert.Equal("stays", (string)changed[0]!["counterfactual"]!["prediction"]!);
        Assert.Equal("the row has the wanted outcome already", (string)changed[1]!["reason"]!);
    }

    [Theory]
    [InlineData("/v1/models/m:explain")]
    [InlineData("/v1/models/m/versions/1:explain")]
    [InlineData("/v2/models/m/explain")]
    [InlineData("/serving/default/m/v1/models/m:explain")]
    public async Task AnExplanation_IsWhatTheClassMakesOfTheModelsAnswers(string path)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);
        using var response = await host.Http.PostAsync(path, Json("""{"instances":[[1,10],[2,20]]}"""));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"explanations":[{"value":13.0,"contributions":[3.0,10.0]},{"value":26.0,"contributions":[6.0,20.0]}]}""", text);

        // What the explainer asked is no prediction that somebody got.
        Assert.Equal(0, (int)(await host.SummaryAsync("m"))["served"]!);
    }

    [Theory]
    [InlineData("fail", 500, "The explainer's explain failed: KeyError: 'x'")]
    [InlineData("refuse", 400, "The explainer's explain refused the request: nothing to explain")]
    [InlineData("wrong", 400, "shape [1, 5] given")]
    [InlineData("greedy", 400, "Serving:Explanations:MaxEvaluations")]
    [InlineData("hang", 504, "The explainer of 'm' did not answer within 2 s; the time was up in explain")]
    public async Task AFaultOfTheClass_IsToldByItsName(string what, int status, string words)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);
        using var failed = await host.Http.PostAsync("/v1/models/m:explain", Json($$"""{"instances":[[1,1]],"do":"{{what}}"}"""));
        Assert.Contains(words, (string)(await failed.Content.ReadFromJsonAsync<JsonObject>())!["error"]!, StringComparison.Ordinal);
        Assert.Equal(status, (int)failed.StatusCode);
        using var good = await host.Http.PostAsync("/v1/models/m:explain", Json("""{"instances":[[1,1]]}"""));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    private static async Task<ServingHost> HostAsync(TempFolder folder)
    {
        var host = await ServingHost.StartAsync(settings: ("Serving:Explanations:MaxEvaluations", "5000"));
        var applied = await host.ApplyManifestAsync(
            "m",
            $$"""
            {"explainer":{"timeout":2,"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{PythonModels.Custom(folder, Code)}}"} },
             "predictor":{"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{PythonModels.Custom(folder, Model)}}"} } }
            """);
        Assert.Equal(("True", "True"), (Conditions.StatusOf(applied, "ExplainerReady"), Conditions.StatusOf(applied, "Ready")));
        return host;
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
