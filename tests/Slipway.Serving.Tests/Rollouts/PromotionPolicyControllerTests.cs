using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Kinds;
using Slipway.Serving.Rollouts;

namespace Slipway.Serving.Tests.Rollouts;

public class PromotionPolicyControllerOnSqlite() : PromotionPolicyControllerTests(DatabaseEngine.Sqlite);

public class PromotionPolicyControllerOnPostgres() : PromotionPolicyControllerTests(DatabaseEngine.PostgreSql);

public abstract class PromotionPolicyControllerTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AGoodCandidate_BecomesChampionStepByStep()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.PointAsync("challenger", 2);
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
        Assert.Equal((10, "models:/housing/2", "v2", "true"), await CanaryAsync(bench));
        foreach (var number in new[] { 1, 2 })
        {
            bench.Windows.All.Add(Windows.Differing(number, 2, 1, -0.1));
            await bench.ReconcileAsync();
        }

        Assert.Equal(100, (await CanaryAsync(bench))!.Value.Percent);
        Assert.Equal((1, 2), (await bench.AliasAsync("champion"), await bench.AliasAsync("challenger")));
        bench.Windows.All.Add(Windows.Differing(3, 2, 1, -0.1));
        await bench.ReconcileAsync();

        Assert.Equal((2, null), (await bench.AliasAsync("champion"), await bench.AliasAsync("challenger")));
        Assert.Null(await CanaryAsync(bench));
        Assert.Equal("1", (await bench.GetServiceAsync()).Annotations["slipway.dev/mirror-versions"]);
        Assert.Equal("Watching", (string?)(await bench.StatusAsync())["phase"]);
        bench.Windows.All.AddRange([Windows.Differing(4, 2, 1, -0.1), Windows.Differing(5, 2, 1, -0.1)]);
        await bench.ReconcileAsync();

        var status = await bench.StatusAsync();
        Assert.Equal(("Idle", 5, 2), ((string?)status["phase"], (int)status["lastWindow"]!, (int)status["championVersion"]!));
        Assert.Empty((await bench.GetServiceAsync()).Annotations);
        Assert.Equal(["started 10%", "advanced 50%", "advanced 100%", "promoted 100%", "confirmed 0%"], await bench.EventsAsync());
        Assert.Equal(["started", "advanced", "advanced", "promoted", "confirmed"], status["history"]!.AsArray().Select(h => (string)h!["kind"]!));
        var moved = (await bench.Registry.AliasHistoryAsync("default", "housing", default)).Last(a => a.Alias == "champion");
        Assert.Equal("controller:promotion-policy", moved.Actor);
        Assert.Contains("over 90 rows", moved.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABadCandidate_IsRolledBackAndLeftAlone()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.PointAsync("challenger", 2);
        await bench.ReconcileAsync();
        bench.Windows.All.Add(Windows.Differing(1, 2, 1, 0.5));
        await bench.ReconcileAsync();
        Assert.Equal(1, await bench.AliasAsync("champion"));
        Assert.Null(await CanaryAsync(bench));
        Assert.Equal(["started 10%", "rolledback 0%"], await bench.EventsAsync());

        bench.Windows.All.Add(Windows.Differing(2, 2, 1, -0.5));
        await bench.ReconcileAsync();
        var status = await bench.StatusAsync();
        Assert.Equal(("Idle", 2), ((string?)status["phase"], (int)status["lastWindow"]!));
        Assert.Equal(2, (await bench.EventsAsync()).Count);

        await bench.PointAsync("challenger", 3);
        await bench.ReconcileAsync();
        Assert.Equal((10, "models:/housing/3", "v3", "true"), await CanaryAsync(bench));
    }

    [Fact]
    public async Task AChampionThatTurnsOutWorse_IsTakenBack()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await PromoteAsync(bench);
        bench.Windows.All.Add(Windows.Differing(4, 2, 1, 0.5));
        await bench.ReconcileAsync();
        Assert.Equal(1, await bench.AliasAsync("champion"));
        Assert.Empty((await bench.GetServiceAsync()).Annotations);
        Assert.Equal("rolledback 0%", (await bench.EventsAsync())[^1]);
    }

    [Fact]
    public async Task ReconcilingAgain_WritesNothing()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.ReconcileAsync();
        await AssertQuietAsync(bench);
        await bench.PointAsync("challenger", 2);
        await bench.ReconcileAsync();
        await AssertQuietAsync(bench);
        for (var number = 1; number <= 5; number++)
        {
            bench.Windows.All.Add(Windows.Differing(number, 2, 1, -0.1, rows: number == 1 ? 8 : 30));
            await bench.ReconcileAsync();
            await AssertQuietAsync(bench);
        }

        Assert.Contains("held 10%", await bench.EventsAsync());
    }

    [Fact]
    public async Task AnAliasMovedByHandAfterThePromotion_IsNotMovedBack()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await PromoteAsync(bench);
        await bench.PointAsync("champion", 3);
        await bench.ReconcileAsync();
        await bench.ReconcileAsync();
        Assert.Equal(3, await bench.AliasAsync("champion"));
        Assert.Equal("Idle", (string?)(await bench.StatusAsync())["phase"]);
        Assert.Empty((await bench.GetServiceAsync()).Annotations);
    }

    [Fact]
    public async Task ACanaryEditedByHand_IsPutBack()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.PointAsync("challenger", 2);
        await bench.ReconcileAsync();
        var patch = new JsonObject { ["spec"] = new JsonObject { ["canary"] = null } };
        (await bench.Resources.PatchAsync(InferenceServiceKind.Definition, "default", "prices", PatchType.Merge, patch, null, new WriteOptions("kubectl"), default)).OrThrow();
        await bench.ReconcileAsync();
        Assert.Equal(10, (await CanaryAsync(bench))!.Value.Percent);
    }

    [Fact]
    public async Task WithoutServiceOrChampion_ItSaysSoAndWaits()
    {
        await using var bench = await RolloutBench.CreateAsync(engine, service: false);
        await bench.PointAsync("challenger", 2);
        Assert.IsType<ReconcileOutcome.Again>(await bench.ReconcileAsync());
        Assert.Equal("InferenceServiceMissing", Condition(await bench.StatusAsync(), "Ready"));
        Assert.Empty(await bench.EventsAsync());

        await bench.CreateServiceAsync();
        await bench.PointAsync("champion", null);
        await bench.ReconcileAsync();
        Assert.Equal("NoChampion", Condition(await bench.StatusAsync(), "Ready"));

        await bench.PointAsync("champion", 1);
        await bench.ReconcileAsync();
        Assert.Equal(["started 10%"], await bench.EventsAsync());
    }

    [Fact]
    public async Task ADeletedPolicy_TakesItsCanaryWithIt()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.PointAsync("challenger", 2);
        await bench.ReconcileAsync();
        (await bench.Resources.DeleteAsync(RolloutsRegistration.Kind, "default", "housing", new DeleteOptions("test"), default)).OrThrow();
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
        Assert.Null(await CanaryAsync(bench));
        Assert.Empty((await bench.GetServiceAsync()).Annotations);
        var gone = await bench.Resources.GetAsync(RolloutsRegistration.Kind, "default", "housing", default);
        Assert.Equal(ProblemCode.NotFound, gone.Problem!.Code);
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
    }

    [Fact]
    public async Task EventsOfModelAndMonitor_WakeThePoliciesThatFollowThem()
    {
        await using var bench = await RolloutBench.CreateAsync(engine);
        await bench.ReconcileAsync();
        Event Make(string type, string subject, string ns = "default") => new(1, DateTimeOffset.UnixEpoch, type, ns, subject, "", default, "");
        Assert.Equal([RolloutBench.Key], bench.Controller.KeysOf(Make("model.alias.moved", "models/housing")));
        Assert.Equal([RolloutBench.Key], bench.Controller.KeysOf(Make("monitor.window.evaluated", "monitors/prices")));
        Assert.Equal([RolloutBench.Key], bench.Controller.KeysOf(Make("resource.modified", "slipway.dev/v1/promotionpolicies/housing")));
        Assert.Empty(bench.Controller.KeysOf(Make("model.alias.moved", "models/other")));
        Assert.Empty(bench.Controller.KeysOf(Make("model.alias.moved", "models/housing", "team")));
        Assert.Equal([RolloutBench.Key], await bench.Controller.ListKeysAsync(default));
    }

    [Theory]
    [InlineData("stages", "[]", "spec.stages")]
    [InlineData("stages", "[50, 10]", "spec.stages")]
    [InlineData("stages", "[10, 10]", "spec.stages")]
    [InlineData("stages", "[0]", "spec.stages")]
    [InlineData("stages", "[101]", "spec.stages")]
    [InlineData("candidateAlias", "\"champion\"", "spec.candidateAlias")]
    [InlineData("candidateAlias", "\"a/b\"", "spec.candidateAlias")]
    [InlineData("judge", "{\"confidence\": 1}", "spec.judge.confidence")]
    [InlineData("judge", "{\"minRows\": 0}", "spec.judge.minRows")]
    [InlineData("watchWindows", "-1", "spec.watchWindows")]
    public async Task AWrongPolicy_IsRefusedByField(string field, string value, string path)
    {
        await using var bench = await RolloutBench.CreateAsync();
        var spec = RolloutBench.Spec();
        spec[field] = JsonNode.Parse(value);
        var refused = await bench.CreatePolicyAsync(spec, "other");
        Assert.Contains(refused.Problem!.Faults, f => f.Path.StartsWith(path, StringComparison.Ordinal));
    }

    private static async Task PromoteAsync(RolloutBench bench)
    {
        await bench.PointAsync("challenger", 2);
        await bench.ReconcileAsync();
        for (var number = 1; number <= 3; number++)
        {
            bench.Windows.All.Add(Windows.Differing(number, 2, 1, -0.1));
            await bench.ReconcileAsync();
        }

        Assert.Equal(2, await bench.AliasAsync("champion"));
    }

    private static async Task AssertQuietAsync(RolloutBench bench)
    {
        var head = await bench.Floor.Events.HeadAsync(default);
        await bench.ReconcileAsync();
        Assert.Equal(head, await bench.Floor.Events.HeadAsync(default));
    }

    private static async Task<(int Percent, string Uri, string Name, string? Mirror)?> CanaryAsync(RolloutBench bench)
    {
        var service = await bench.GetServiceAsync();
        return service.Spec["canary"] is JsonArray { Count: > 0 } canaries
            ? ((int)canaries[0]!["trafficPercent"]!, (string)canaries[0]!["predictor"]!["model"]!["storageUri"]!, (string)canaries[0]!["predictor"]!["name"]!,
                service.Annotations.GetValueOrDefault("slipway.dev/mirror"))
            : null;
    }

    private static string? Condition(JsonObject status, string type) =>
        (string?)status["conditions"]!.AsArray().First(c => (string)c!["type"]! == type)!["reason"];
}
