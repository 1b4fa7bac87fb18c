using System.Net;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Kinds;

namespace Slipway.Serving.Tests.Releases;

/// <summary>Rollouts on the real server: routes, decisions, status, commands.</summary>
public sealed class RolloutHttpTests
{
    [Fact]
    public async Task ACanary_IsPromotedOnItsFigures_AndEveryDecisionIsAnEventWithItsEvidence()
    {
        await using var host = await RolloutHost.StartAsync(
            """{"interval":"1s","steps":[{"percent":50}],"analyses":[{"metric":"errorRate","max":0.01,"minSamples":20}]}""");
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["percent"] == 50);

        // Half of them, until the interval is over and the figures promote it: that may be before the last of them.
        Assert.InRange((await VersionsAsync(host, 400)).Count(v => v == "2"), 160, 399);

        var done = await host.ReportUntilAsync(r => (string?)r["phase"] == "Watching");
        Assert.Equal((2, 1), ((int)done["released"]!["modelVersion"]!, (int)done["former"]!["modelVersion"]!));
        Assert.All(await VersionsAsync(host, 40, "later"), v => Assert.Equal("2", v));

        var history = done["history"]!.AsArray();
        Assert.Equal(["adopted", "started", "promoted"], history.Select(h => (string)h!["kind"]!));
        Assert.Equal("passed", (string)history[2]!["evidence"]![0]!["verdict"]!);
        var events = await host.Get<IEventLog>().ReadAsync(0, new EventFilter("rollout.", Subject: "rollouts/housing"), 100, CancellationToken.None);
        Assert.Equal(["rollout.adopted", "rollout.started", "rollout.promoted"], events.Select(e => e.Type));
        Assert.Contains("errorRate", (string)JsonNode.Parse(events[2].Payload.Span)!["findings"]![0]!["metric"]!, StringComparison.Ordinal);
        Assert.Equal("controller:rollout", events[2].Actor);
    }

    [Fact]
    public async Task ACanaryThatFails_IsTakenBackByItself_AndCostsNoAnswer()
    {
        await using var host = await RolloutHost.StartAsync(
            """{"interval":"1s","steps":[{"percent":50,"for":"1h"}],"analyses":[{"metric":"errorRate","max":0.01,"minSamples":20}]}""");
        var broken = await host.RegisterAsync("housing", Models.Other);
        await host.MoveAsync("housing", "champion", broken);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["percent"] == 50);
        Assert.All(await VersionsAsync(host, 200), v => Assert.Equal("1", v));

        var report = await host.ReportUntilAsync(r => (string?)r["phase"] == "Refused");
        Assert.Equal(("rolledback", 0), ((string)report["history"]!.AsArray()[^1]!["kind"]!, (int)report["candidate"]!["percent"]!));
        Assert.Contains("errorRate 1", (string)report["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModelThatCannotBeLoaded_NeverGetsTraffic_AndTheStatusSaysWhy()
    {
        await using var host = await RolloutHost.StartAsync("""{"interval":"1s","steps":[{"percent":100}]}""");
        await host.MoveAsync("housing", "champion", await host.RegisterAsync("housing", Models.Broken));
        await host.UntilAsync("housing", r => Conditions.StatusOf(r, "PredictorReady") == "False");
        var rollout = await UntilAsync(host, r => Conditions.StatusOf(r, "Ready") == "False");
        var ready = rollout.Status["conditions"]!.AsArray().Single(c => (string)c!["type"]! == "Ready")!;
        Assert.Equal("CandidateNotLoaded", (string)ready["reason"]!);
        Assert.Contains("gets no traffic", (string)ready["message"]!, StringComparison.Ordinal);
        Assert.All(await VersionsAsync(host, 50), v => Assert.Equal("1", v));

        // A good version afterwards is rolled out as if nothing had been.
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (int?)r["released"]?["modelVersion"] == 2);
    }

    [Fact]
    public async Task AShadow_IsCompared_AndNeverAnswers()
    {
        await using var host = await RolloutHost.StartAsync("""{"strategy":"shadow","interval":"1s"}""");
        await host.AnnotateAsync(("slipway.dev/route-match", "latest: header:x-me=yes"));
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["mirrorPercent"] == 100);
        await host.UntilAsync("housing", r => r.Status["traffic"]!.AsArray().Any(t => (string)t!["role"]! == "mirror"));
        for (var i = 0; i < 40; i++)
        {
            // sales 0 is the same in both; sales 3 differs by 3.
            using var answer = await SendAsync(host, i % 4 == 0 ? 0 : 3, ("x-me", "yes"));
            Assert.Equal("1", await VersionOfAsync(answer));
        }

        var report = await host.ReportUntilAsync(r => (long?)r["shadow"]?["compared"] == 40);
        var shadow = report["shadow"]!;
        Assert.Equal((0.25, 2.25, 3.0), ((double)shadow["agreement"]!, (double)shadow["meanDifference"]!, (double)shadow["maxDifference"]!));
        Assert.NotNull(shadow["meanLatencyGapMs"]);
        Assert.Equal(HttpStatusCode.OK, (await host.CommandAsync("promote")).Status);
        await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 2);
    }

    [Fact]
    public async Task BlueGreen_IsPreviewed_SwitchedAtOnce_AndUndoneAtOnce()
    {
        await using var host = await RolloutHost.StartAsync("""{"strategy":"bluegreen","interval":"1s","autoPromote":false}""");
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (string?)r["candidate"]?["revisionName"] == "housing-00002");
        await host.UntilAsync("housing", r => Traffic(r).Count == 2);
        Assert.All(await VersionsAsync(host, 30), v => Assert.Equal("1", v));
        Assert.Equal("2", await TaggedAsync(host, "latest-housing"));
        Assert.Equal("1", await TaggedAsync(host, "prev-housing"));
        using (var preview = await host.InferAsync("housing", "p", 3, path: "/versions/2"))
        {
            Assert.Equal("2", await VersionOfAsync(preview));
        }

        Assert.Equal(HttpStatusCode.OK, (await host.CommandAsync("promote", "looks good")).Status);
        await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 2);
        Assert.All(await VersionsAsync(host, 30), v => Assert.Equal("2", v));
        var warm = await host.UntilAsync("housing", r => r.Status["traffic"]!.AsArray().Any(t => (string)t!["role"]! == "kept"));
        Assert.Equal([("housing-00002", 100, "latest", true)], Traffic(warm));

        var (status, undone) = await host.CommandAsync("undo", "complaints");
        Assert.Equal((HttpStatusCode.OK, 1), (status, (int)undone["released"]!["modelVersion"]!));
        Assert.Equal("undone by system: complaints", (string)undone["message"]!);
        var back = await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 1);
        Assert.Equal([("housing-00001", 100, "prev", false), ("housing-00002", 0, "latest", true)], Traffic(back));
        Assert.All(await VersionsAsync(host, 30), v => Assert.Equal("1", v));
    }

    [Fact]
    public async Task ByHand_ItIsPausedResumedAndAborted_AndCommandsOutOfPlaceAreConflicts()
    {
        await using var host = await RolloutHost.StartAsync("""{"interval":"1s","steps":[{"percent":20,"for":"1h"}]}""");
        Assert.Equal(HttpStatusCode.Conflict, (await host.CommandAsync("promote")).Status);
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["percent"] == 20);
        Assert.True((bool)(await host.CommandAsync("pause")).Body["paused"]!);
        Assert.False((bool)(await host.CommandAsync("resume")).Body["paused"]!);
        var (_, aborted) = await host.CommandAsync("abort");
        Assert.Equal(("Refused", 1), ((string)aborted["phase"]!, (int)aborted["released"]!["modelVersion"]!));
        await host.UntilAsync("housing", r => Traffic(r)[0].Percent == 100);
        Assert.All(await VersionsAsync(host, 30), v => Assert.Equal("1", v));
        var (status, refused) = await host.CommandAsync("pause");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("resume tries it again", (string)refused["detail"]!, StringComparison.Ordinal);
        using var tooLong = await host.Http.PostAsync("/api/slipway/v1/namespaces/default/rollouts/housing/resume", new StringContent($$"""{"reason":"{{new string('x', 501)}}"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, tooLong.StatusCode);
    }

    [Fact]
    public async Task APlainChangeOfTheStorageUri_IsRolledOutToo()
    {
        await using var host = await RolloutHost.StartAsync("""{"interval":"1s","steps":[{"percent":20,"for":"1h"}]}""");
        await host.ApplyAsync("housing", "models:/housing/3");
        var report = await host.ReportUntilAsync(r => (int?)r["candidate"]?["percent"] == 20);
        Assert.Equal((1, 3), ((int)report["released"]!["modelVersion"]!, (int)report["candidate"]!["modelVersion"]!));
        await host.CommandAsync("promote");
        await host.ReportUntilAsync(r => (int?)r["released"]?["modelVersion"] == 3);
    }

    [Fact]
    public async Task ASplitByHand_MakesTheRolloutStandBack_AndSaySo()
    {
        await using var host = await RolloutHost.StartAsync("""{"interval":"1s"}""");
        await host.ApplyAsync("housing", "models:/housing/2", rollout: 30);
        var rollout = await UntilAsync(host, r => Conditions.StatusOf(r, "Ready") == "False");
        Assert.Contains("canaryTrafficPercent", rollout.Status["conditions"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal([("housing-00001", 70, "prev", false), ("housing-00002", 30, "latest", true)], Traffic(await host.UntilAsync("housing", r => Traffic(r).Count == 2)));
    }

    [Fact]
    public async Task WithoutARollout_AShareByHand_IsPromotedAndAbortedByTheSameRoutes()
    {
        await using var host = await RolloutHost.StartAsync();
        Assert.Equal("none", (string)(await host.ReportAsync())["strategy"]!);
        Assert.Equal(HttpStatusCode.Conflict, (await host.CommandAsync("promote")).Status);
        await host.ApplyAsync("housing", "models:/housing/99", rollout: 30);
        Assert.Contains("30%, but so far one revision alone is loaded", (string)(await host.ReportAsync())["message"]!, StringComparison.Ordinal);
        await host.ApplyAsync("housing", "models:/housing/2", rollout: 30);
        await host.UntilAsync("housing", r => Traffic(r).Count == 2);
        Assert.Contains("30%; promote", (string)(await host.ReportAsync())["message"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await host.CommandAsync("pause")).Status);
        Assert.Equal(HttpStatusCode.OK, (await host.CommandAsync("abort")).Status);
        await host.UntilAsync("housing", r => Traffic(r)[0] is ("housing-00001", 100, _, _));
        Assert.Equal(HttpStatusCode.OK, (await host.CommandAsync("promote")).Status);
        await host.UntilAsync("housing", r => Traffic(r) is [("housing-00002", 100, "latest", true)]);
    }

    [Fact]
    public async Task ADeletedRollout_LetsTheServiceHaveWhatItAsksFor()
    {
        await using var host = await RolloutHost.StartAsync("""{"strategy":"bluegreen","autoPromote":false}""");
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (string?)r["phase"] == "Progressing");
        (await host.Resources.DeleteAsync(Slipway.Serving.Releases.ReleasesRegistration.Kind, "default", "housing", new DeleteOptions("test"), CancellationToken.None)).OrThrow();
        await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 2);
    }

    [Fact]
    public async Task ARolloutOfNothing_SaysWhatIsMissing()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RollOutAsync("{}");
        var rollout = await UntilAsync(host, r => Conditions.StatusOf(r, "Ready") == "False");
        Assert.Contains("InferenceServiceMissing", rollout.Status["conditions"]!.ToJsonString(), StringComparison.Ordinal);
        using var missing = await host.Http.GetAsync("/api/slipway/v1/namespaces/default/rollouts/other");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private static async Task<Resource> UntilAsync(ServingHost host, Func<Resource, bool> expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var rollout = await host.RolloutAsync();
            if (expected(rollout))
            {
                return rollout;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static List<(string Revision, int Percent, string? Tag, bool Latest)> Traffic(Resource service) =>
    [
        .. (service.Status["components"]?["predictor"]?["traffic"]?.AsArray() ?? []).Select(t =>
            ((string)t!["revisionName"]!, (int)t["percent"]!, (string?)t["tag"], (bool)t["latestRevision"]!)),
    ];

    private static async Task<IReadOnlyList<string>> VersionsAsync(ServingHost host, int count, string prefix = "r")
    {
        var versions = new List<string>();
        for (var i = 0; i < count; i++)
        {
            versions.Add((string)(await host.AnswerAsync("housing", $"{prefix}-{i}", 3))["model_version"]!);
        }

        return versions;
    }

    private static async Task<string> TaggedAsync(ServingHost host, string tag)
    {
        using var answer = await host.Http.PostAsync($"/serving/default/{tag}/v2/models/housing/infer", Body(3));
        return await VersionOfAsync(answer);
    }

    private static async Task<HttpResponseMessage> SendAsync(ServingHost host, float sales, (string Name, string Value) header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/housing/infer") { Content = Body(sales) };
        request.Headers.Add(header.Name, header.Value);
        return await host.Http.SendAsync(request);
    }

    private static StringContent Body(float sales) => new(
        $$"""{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["x"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[{{(int)sales}}]}]}""",
        System.Text.Encoding.UTF8, "application/json");

    private static async Task<string> VersionOfAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return (string)JsonNode.Parse(text)!["model_version"]!;
    }
}
