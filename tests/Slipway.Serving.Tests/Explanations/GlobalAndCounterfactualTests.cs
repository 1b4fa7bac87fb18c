using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;
using Slipway.Platform.Resources;
using Slipway.Serving.Kinds;
using static Slipway.Serving.Tests.Explanations.ExplainHttpTests;

namespace Slipway.Serving.Tests.Explanations;

public sealed class GlobalAndCounterfactualTests
{
    [Fact]
    public async Task PermutationImportance_TellsWhatTheModelLivesOn_AndZeroForWhatItDoesNotUse()
    {
        await using var host = await ServedAsync(Models.Once);
        var labels = new JsonArray();
        for (var i = 0; i < 40; i++)
        {
            await host.AnswerAsync("m", $"p{i}", i);
            labels.Add(new JsonObject { ["id"] = $"p{i}", ["value"] = i + (i % 3) });
        }

        using var sent = await host.FeedbackAsync("m", new JsonObject { ["labels"] = labels }.ToJsonString());
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());

        const string Body = """{"parameters":{"method":"permutation","metric":"mae","repeats":3,"seed":11}}""";
        var made = (await ExplainAsync(host, Body))[0]!;

        Assert.Equal(("permutation", "mae", 40, 3), ((string)made["method"]!, (string)made["metric"]!, (int)made["rows"]!, (int)made["repeats"]!));
        Assert.InRange((double)made["baseline"]!, 0.9, 1.1);
        Assert.InRange((double)made["importances"]!["sales"]!["mean"]!, 5, 20);
        Assert.Equal(0, (double)made["importances"]!["city"]!["mean"]!);
        Assert.Equal(made.ToJsonString(), (await ExplainAsync(host, Body))[0]!.ToJsonString());
        Assert.Equal(400, (await PostAsync(host, "/v1/models/m:explain", """{"parameters":{"method":"permutation","metric":"auc"}}""")).Status);
    }

    [Fact]
    public async Task ACounterfactual_IsTheSmallestChange_AmongWhatWasObserved()
    {
        await using var host = await ServedAsync(TreeModelFiles.Product);
        const string Background = "[[0,0,0],[10,10,10],[5,5,5],[2,8,3],[7,1,9]]";

        // a b + c = 1 at (1, 1, 0). At least 6 is nearest by c alone: one feature, 5 of its units.
        var made = (await ExplainAsync(host, $$"""{"instances":[[1,1,0]],"parameters":{"method":"counterfactual","wanted":{"min":6},"background":{{Background}} } }"""))[0]!;

        Assert.True((bool)made["found"]!);
        var counterfactual = made["counterfactual"]!;
        Assert.True((double)counterfactual["prediction"]! >= 6);
        Assert.InRange((double)counterfactual["prediction"]!, 6, 6.5);
        Assert.Single(counterfactual["changes"]!.AsObject());

        var immutable = (await ExplainAsync(host, $$"""{"instances":[[1,1,0]],"parameters":{"method":"counterfactual","wanted":{"min":6},"immutable":["c","b"],"background":{{Background}} } }"""))[0]!;
        Assert.Equal(["a"], immutable["counterfactual"]!["changes"]!.AsObject().Select(c => c.Key));
        Assert.Equal(6, (double)immutable["counterfactual"]!["changes"]!["a"]!["to"]!);

        var never = (await ExplainAsync(host, $$"""{"instances":[[1,1,0],[9,9,9]],"parameters":{"method":"counterfactual","wanted":{"min":90,"max":1000},"immutable":["a"],"background":{{Background}} } }"""));
        Assert.False((bool)never[0]!["found"]!);
        Assert.Contains("none of", (string)never[0]!["reason"]!, StringComparison.Ordinal);
        Assert.Equal("the row has the wanted outcome already", (string)never[1]!["reason"]!);
    }

    [Fact]
    public async Task ACounterfactualOfClasses_ChangesTextsToo_AndIsTheSameForTheSameSeed()
    {
        await using var host = await ServedAsync(await TreeModelFiles.TrainedAsync(LearningTask.Binary));
        const string Body = """
            {"instances":[{"x":0.2,"z":0.1,"city":"Austin"}],"parameters":{"method":"counterfactual","wanted":{"class":"yes"},"immutable":["x","z"],
            "background":[{"x":1,"z":1,"city":"Boston"},{"x":-1,"z":2,"city":"Chicago"},{"x":0,"z":0,"city":"Denver"}]}}
            """;

        var made = (await ExplainAsync(host, Body))[0]!;

        Assert.Equal("no", (string)made["prediction"]!);
        Assert.Equal("yes", (string)made["counterfactual"]!["prediction"]!);
        Assert.Equal("Austin", (string)made["counterfactual"]!["changes"]!["city"]!["from"]!);
        Assert.Contains((string)made["counterfactual"]!["changes"]!["city"]!["to"]!, new[] { "Boston", "Denver" });
        Assert.Equal(made.ToJsonString(), (await ExplainAsync(host, Body))[0]!.ToJsonString());
    }

    [Fact]
    public async Task TheServicesExplainer_SetsTheDefaults_AndRequestsGoBeforeIt()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", TreeModelFiles.Product);
        var resource = Resource.Create(InferenceServiceKind.Definition, "default", "m");
        resource.Json["spec"] = JsonNode.Parse("""
            {"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/1"}},
             "explainer":{"slipway":{"type":"kernel","config":{"background":[[1,2,7]],"groups":{"area":["a","b"]}}}}}
            """);
        await host.Resources.ApplyAsync(InferenceServiceKind.Definition, resource, "test", CancellationToken.None);
        await host.UntilAsync("m", r => r.Status["observedGeneration"] is not null);

        var row = (await ExplainAsync(host, """{"instances":[[3,4,5]]}"""))[0]!;
        Assert.Equal("""{"area":10,"c":-2}""", row["contributions"]!.ToJsonString());
        row = (await ExplainAsync(host, """{"instances":[[3,4,5]],"parameters":{"groups":{}}}"""))[0]!;
        Assert.Equal(3, row["contributions"]!.AsObject().Count);
    }

    [Theory]
    [InlineData("""{"art":{"type":"SquareAttack"}}""", "spec.explainer.art: is not supported")]
    [InlineData("""{"containers":[{"image":"x"}]}""", "spec.explainer.containers: is not supported")]
    [InlineData("""{"slipway":{"type":"magic"}}""", "spec.explainer.slipway.type")]
    [InlineData("""{"slipway":{"type":"kernel","config":{"sample":3}}}""", "spec.explainer.slipway.config.sample")]
    [InlineData("""{"slipway":{"kind":"kernel"}}""", "spec.explainer.slipway.kind")]
    [InlineData("{}", "spec.explainer: must be an object")]
    public void AnExplainerThatIsNotBuiltIn_IsRefusedByName(string explainer, string says)
    {
        var resource = JsonNode.Parse($$"""{"metadata":{"name":"m"},"spec":{"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/1"} },"explainer":{{explainer}} } }""")!.AsObject();

        Assert.Contains(InferenceServiceRules.Check(resource), fault => $"{fault.Path}: {fault.Message}".Contains(says, StringComparison.Ordinal));
    }
}
