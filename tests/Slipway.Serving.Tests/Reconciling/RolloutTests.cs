using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Tests.Reconciling;

public sealed class RolloutTests
{
    [Fact]
    public async Task AnAliasThatMoves_MakesANewRevision_AndTheStatusTellsWhich()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        var first = await host.MoveAsync("housing", "champion", 1);
        var applied = await host.ApplyAsync("housing", "models:/housing@champion");
        Assert.Equal((1, first.Sequence, "housing-00001"), Live(applied));
        Assert.Equal("True", Conditions.StatusOf(applied, "Ready"));

        var second = await host.MoveAsync("housing", "champion", 2);
        var moved = await host.UntilAsync("housing", r => (long?)r.Status["observedAliasSequence"] == second.Sequence);

        Assert.Equal((2, second.Sequence, "housing-00002"), Live(moved));
        Assert.Equal(42f, await PredictAsync(host, "a", 21));

        // The version that served before is the same revision when it comes back: revisions are content.
        var third = await host.MoveAsync("housing", "champion", 1);
        Assert.Equal((1, third.Sequence, "housing-00001"), Live(await host.UntilAsync("housing", r => (long?)r.Status["observedAliasSequence"] == third.Sequence)));
    }

    [Fact]
    public async Task ACorruptModel_IsSaidInTheCondition_WhileThePreviousRevisionAnswers_AlsoAfterARestart()
    {
        using var folder = new TempFolder();
        await using (var host = await ServingHost.StartAsync(folder))
        {
            await host.RegisterAsync("housing", Models.Once);
            await host.RegisterAsync("housing", Models.Broken);
            await host.MoveAsync("housing", "champion", 1);
            await host.ApplyAsync("housing", "models:/housing@champion");
            await host.MoveAsync("housing", "champion", 2);

            var failed = await host.UntilAsync("housing", r => Conditions.StatusOf(r, "PredictorReady") == "False");
            Assert.Equal("ModelInvalid", (string)Condition(failed, "PredictorReady")["reason"]!);
            Assert.Contains("housing-00001", (string)Condition(failed, "PredictorReady")["message"]!, StringComparison.Ordinal);
            Assert.Equal("BlockedByFailedLoad", (string)failed.Status["modelStatus"]!["transitionStatus"]!);
            Assert.Equal(1, (int)failed.Status["observedModelVersion"]!);
            Assert.Equal(5f, await PredictAsync(host, "a", 5));
        }

        await using var again = await ServingHost.StartAsync(folder);
        Assert.Equal(6f, await PredictAsync(again, "b", 6));
    }

    [Fact]
    public async Task AChangeBeforeTheStatusIsWritten_KeepsWhatAnswers()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Broken);
        await host.RegisterAsync("housing", Models.Twice);
        var service = await host.ApplyAsync("housing", "models:/housing/1");
        service.Json.Remove("status");

        Assert.Equal("housing-00001", (await PlanAsync("models:/housing/2")).Stable?.Name);
        var canary = await PlanAsync("models:/housing/3", 10);
        Assert.Equal(("housing-00001", 10, "housing-00001"), (canary.Stable?.Name, canary.Rollout, canary.RolledOut));

        Task<ServiceState> PlanAsync(string uri, int? percent = null)
        {
            var predictor = service.Json["spec"]!["predictor"]!.AsObject();
            predictor["model"]!["storageUri"] = uri;
            predictor["canaryTrafficPercent"] = percent;
            return host.Get<ServicePlanner>().PlanAsync(service, ServiceSpec.Read(service.Json).OrThrow(), CancellationToken.None);
        }
    }

    [Fact]
    public async Task AServiceWhoseModelIsNotThere_Is503_AndRecoversWhenItComes()
    {
        await using var host = await ServingHost.StartAsync();
        var applied = await host.ApplyAsync("housing", "models:/housing@champion");
        Assert.Equal("ModelNotFound", (string)Condition(applied, "PredictorReady")["reason"]!);
        using (var refused = await host.InferAsync("housing", "a", 1))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
        }

        await host.RegisterAsync("housing", Models.Once);
        await host.MoveAsync("housing", "champion", 1);
        await host.UntilAsync("housing", r => Conditions.StatusOf(r, "Ready") == "True");
        Assert.Equal(1f, await PredictAsync(host, "a", 1));
    }

    [Fact]
    public async Task ADeletedService_IsGone()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");
        var model = host.Get<RouteTable>().Find("default", "housing")!.Stable!.Model;

        await host.Resources.DeleteAsync(InferenceServiceKind.Definition, "default", "housing", new DeleteOptions("test"), CancellationToken.None);
        await model.Freed.WaitAsync(TimeSpan.FromSeconds(30));

        using var response = await host.InferAsync("housing", "a", 1);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task ACanary_GetsItsShare_StickyById_AndKeepsItsIdsWhenItGrows()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        var applied = await host.ApplyAsync("housing", "models:/housing/1", [(10, "models:/housing/2")]);
        Assert.Equal([("stable", 1, 90), ("canary", 2, 10)], Traffic(applied));

        var atTen = await VersionsAsync(host, 400);
        Assert.InRange(atTen.Count(v => v == "2"), 20, 65);
        Assert.Equal(atTen, await VersionsAsync(host, 400));

        await host.ApplyAsync("housing", "models:/housing/1", [(50, "models:/housing/2")]);
        var atFifty = await VersionsAsync(host, 400);
        Assert.InRange(atFifty.Count(v => v == "2"), 160, 240);
        Assert.DoesNotContain(atTen.Zip(atFifty), pair => pair is { First: "2", Second: "1" });
    }

    [Fact]
    public async Task ACanaryThatFails_CostsNoCallerAnAnswer_AndIsCountedAgainstIt()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Other);
        await host.ApplyAsync("housing", "models:/housing/1", [(100, "models:/housing/2")]);

        var answer = await host.AnswerAsync("housing", "a", 7);

        Assert.Equal("1", (string)answer["model_version"]!);
        var summary = await host.SummaryAsync("housing");
        Assert.Equal("""{"served":1,"mirrored":0,"labelled":0,"failed":1}""", summary.ToJsonString());
    }

    [Fact]
    public async Task WrongInputs_AreTheCallersFault_NotTheCanarys()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Other);
        await host.ApplyAsync("housing", "models:/housing/1", [(100, "models:/housing/2")]);

        using var response = await host.Http.PostAsync("/v2/models/housing/infer", new StringContent("""{"inputs":[]}"""));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(0, (int)(await host.SummaryAsync("housing"))["failed"]!);
    }

    [Fact]
    public async Task Mirroring_RunsEveryOtherRevision_AndLogsItAsNotServed()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.RegisterAsync("housing", Models.Squared);
        var applied = await host.ApplyAsync("housing", "models:/housing/1", [(0, "models:/housing/2")], mirror: "true", mirrorVersions: "3");
        Assert.Equal([("stable", 1, 100), ("canary", 2, 0), ("mirror", 3, 0)], Traffic(applied));

        await host.AnswerAsync("housing", "a", 5, "2003-01-15T00:00:00Z");
        await host.AnswerAsync("housing", "a", 5, "2003-01-15T00:00:00Z");
        Assert.Equal("""{"served":1,"mirrored":2,"labelled":0,"failed":0}""", (await host.SummaryAsync("housing")).ToJsonString());

        var log = await host.Get<IPredictionLog>().ReadAsync(
            "default", "housing", new DateTimeOffset(2003, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2003, 2, 1, 0, 0, 0, TimeSpan.Zero), CancellationToken.None);
        Assert.Equal([1, 2, 3], log.ModelVersions);
        Assert.Equal([true, false, false], log.Served);
        Assert.Equal([5d, 10, 25], ((NumericColumn)log.Predictions).Values);
        Assert.All(((TextColumn)log.Inputs["city"]).Values, city => Assert.Equal("Austin", city));
        Assert.Equal([5d, 5, 5], ((NumericColumn)log.Inputs["sales"]).Values);
    }

    [Fact]
    public async Task CanaryTrafficPercent_KeepsTheRestOnTheLastRevisionThatHadAll()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.ApplyAsync("housing", "models:/housing/1");

        Assert.Equal([("stable", 1, 75), ("canary", 2, 25)], Traffic(await host.ApplyAsync("housing", "models:/housing/2", rollout: 25)));
        Assert.Equal([("stable", 1, 100), ("canary", 2, 0)], Traffic(await host.ApplyAsync("housing", "models:/housing/2", rollout: 0)));
        Assert.Equal([("stable", 2, 100)], Traffic(await host.ApplyAsync("housing", "models:/housing/2", rollout: 100)));
    }

    [Fact]
    public async Task AModelFile_IsServed_AsItWasWhenItWasTakenIn()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await File.WriteAllBytesAsync(folder.File("model.onnx"), Models.Twice);

        await host.ApplyAsync("housing", $"file://{folder.FullPath}");
        File.Delete(folder.File("model.onnx"));

        Assert.Equal(8f, await PredictAsync(host, "a", 4));
    }

    [Fact]
    public async Task WhileRevisionsSwapUnderLoad_NoRequestFailsOrIsAnsweredWrongly()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.MoveAsync("housing", "champion", 1);
        await host.ApplyAsync("housing", "models:/housing@champion", mirror: "true");

        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 6).Select(c => Task.Run(async () =>
        {
            var answered = 0;
            for (var i = 0; !stop.IsCancellationRequested; i++, answered++)
            {
                var answer = await host.AnswerAsync("housing", $"{c}-{i}", i);
                Assert.Equal(i * int.Parse((string)answer["model_version"]!, CultureInfo.InvariantCulture), (float)answer["outputs"]![0]!["data"]![0]!);
            }

            return answered;
        })).ToArray();

        for (var swap = 0; swap < 20; swap++)
        {
            var retired = host.Get<RouteTable>().Find("default", "housing")!.Stable!.Model;
            var moved = await host.MoveAsync("housing", "champion", 2 - (swap % 2));
            await host.UntilAsync("housing", r => (long?)r.Status["observedAliasSequence"] == moved.Sequence);
            await retired.Freed.WaitAsync(TimeSpan.FromSeconds(30));
        }

        await stop.CancelAsync();
        var total = (await Task.WhenAll(callers)).Sum();
        Assert.True(total > 100, $"only {total} requests were made");
        Assert.Equal(total, (int)(await host.SummaryAsync("housing"))["served"]!);
    }

    private static (int Version, long Sequence, string Revision) Live(Resource service) => (
        (int)service.Status["observedModelVersion"]!,
        (long)service.Status["observedAliasSequence"]!,
        (string)service.Status["components"]!["predictor"]!["latestReadyRevision"]!);

    private static IEnumerable<(string Role, int Version, int Percent)> Traffic(Resource service) => service.Status["traffic"]!.AsArray()
        .Select(t => ((string)t!["role"]!, (int)t["modelVersion"]!, (int)t["percent"]!));

    private static JsonObject Condition(Resource service, string type) =>
        service.Status["conditions"]!.AsArray().OfType<JsonObject>().Single(c => (string)c["type"]! == type);

    private static async Task<float> PredictAsync(ServingHost host, string id, float sales) =>
        (float)(await host.AnswerAsync("housing", id, sales))["outputs"]![0]!["data"]![0]!;

    private static async Task<string[]> VersionsAsync(ServingHost host, int count)
    {
        var versions = new string[count];
        for (var i = 0; i < count; i++)
        {
            versions[i] = (string)(await host.AnswerAsync("housing", string.Create(CultureInfo.InvariantCulture, $"row-{i}"), 1))["model_version"]!;
        }

        return versions;
    }
}
