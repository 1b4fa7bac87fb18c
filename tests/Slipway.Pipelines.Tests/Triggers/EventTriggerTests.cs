using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Triggers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;

namespace Slipway.Pipelines.Tests.Triggers;

public class EventTriggerTests
{
    private const string Pipeline = """{"parameters": [{"name": "p", "default": "none"}], "steps": [{"name": "a", "uses": "test/echo", "with": {"v": "${{ params.p }}"}}]}""";

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Event_StartsOneRunHoweverOftenItIsDelivered(DatabaseEngine engine)
    {
        await using var host = await StartAsync(engine);
        await host.CreateTriggerAsync("""
            {"on": [{"dataset": {"name": "housing"}}], "run": {"pipeline": "one", "fromEvent": {"p": "payload.number"}}}
            """);
        await AppendAsync(host, "data.version.created", "datasets/other/1", """{"number": 1}""");
        await AppendAsync(host, "data.version.created", "datasets/housing/7", """{"number": 7, "rows": 10}""");

        await DeliverAsync(host);
        // The server dies before the place in the log is kept: everything comes again, also to a trigger whose status was lost.
        await ForgetAsync(host);
        await DeliverAsync(host);

        var run = Assert.Single(await host.Runs.ListAsync("default", "one", 10, default));
        Assert.Equal(("7", "a new version of dataset housing"), (run.Parameters["p"]!.ToString(), run.Reason));
        var status = (await host.Resources.GetAsync(TriggerKind.Kind, "default", "watch", default)).OrThrow().Status;
        Assert.Equal((1, run.Id), ((int?)status["fired"], (string?)status["lastRun"]));
    }

    [Theory]
    [InlineData("""{"dataset": {"name": "d", "minRows": 100}}""", "data.version.created", "datasets/d/2", """{"rows": 99}""", false)]
    [InlineData("""{"dataset": {"name": "d", "minRows": 100}}""", "data.version.created", "datasets/d/2", """{"rows": 100}""", true)]
    [InlineData("""{"drift": {"monitor": "m"}}""", "monitor.window.evaluated", "monitors/m", """{"inputDrift": {"drifted": false}, "predictionDrift": null}""", false)]
    [InlineData("""{"drift": {"monitor": "m"}}""", "monitor.window.evaluated", "monitors/m", """{"inputDrift": {"drifted": true}}""", true)]
    [InlineData("""{"drift": {"monitor": "m"}}""", "monitor.window.evaluated", "monitors/n", """{"inputDrift": {"drifted": true}}""", false)]
    [InlineData("""{"metric": {"monitor": "m", "metric": "r2", "below": 0.8}}""", "monitor.window.evaluated", "monitors/m", """{"served": {"metrics": {"r2": 0.79}}}""", true)]
    [InlineData("""{"metric": {"monitor": "m", "metric": "r2", "below": 0.8}}""", "monitor.window.evaluated", "monitors/m", """{"served": {"metrics": {"r2": 0.8}}}""", false)]
    [InlineData("""{"metric": {"monitor": "m", "metric": "mae", "above": 5}}""", "monitor.window.evaluated", "monitors/m", """{"served": {"metrics": {"mae": 5.5}}}""", true)]
    [InlineData("""{"metric": {"monitor": "m", "metric": "mae", "above": 5}}""", "monitor.window.evaluated", "monitors/m", """{"served": null}""", false)]
    [InlineData("""{"alias": {"model": "h", "alias": "champion"}}""", "model.alias.moved", "models/h", """{"alias": "champion", "version": 3}""", true)]
    [InlineData("""{"alias": {"model": "h", "alias": "champion"}}""", "model.alias.moved", "models/h", """{"alias": "challenger"}""", false)]
    [InlineData("""{"alias": {"model": "h"}}""", "model.alias.moved", "models/h", """{"alias": "challenger"}""", true)]
    [InlineData("""{"pipeline": {"name": "prepare", "state": "Succeeded"}}""", "pipeline.run.finished", "pipelineruns/x", """{"pipeline": "prepare", "state": "Succeeded"}""", true)]
    [InlineData("""{"pipeline": {"name": "prepare", "state": "Succeeded"}}""", "pipeline.run.finished", "pipelineruns/x", """{"pipeline": "prepare", "state": "Failed"}""", false)]
    [InlineData("""{"pipeline": {"name": "prepare"}}""", "pipeline.run.finished", "pipelineruns/x", """{"pipeline": "prepare", "state": "Failed"}""", true)]
    [InlineData("""{"event": {"type": "model.version.created"}}""", "model.version.created", "models/h", "{}", true)]
    [InlineData("""{"event": {"type": "model.version.created", "subject": "models/g"}}""", "model.version.created", "models/h", "[1]", false)]
    public async Task Source_FiresOnItsEventsOnly(string on, string type, string subject, string payload, bool fires)
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync("{\"on\": [" + on + "], \"run\": {\"pipeline\": \"one\"}}");
        await AppendAsync(host, type, subject, payload);

        await DeliverAsync(host);

        Assert.Equal(fires ? 1 : 0, (await host.Runs.ListAsync("default", "one", 10, default)).Count);
    }

    [Fact]
    public async Task Dataset_CountsRowsFromTheVersionThatFiredLast()
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync("""{"on": [{"dataset": {"name": "d", "minRows": 100}}], "run": {"pipeline": "one", "fromEvent": {"p": "payload.rows"}}}""");
        foreach (var rows in (int[])[50, 120, 200, 230])
        {
            await AppendAsync(host, "data.version.created", "datasets/d/1", $$"""{"rows": {{rows}}}""");
        }

        await DeliverAsync(host);

        Assert.Equal(["120", "230"], (await host.Runs.ListAsync("default", "one", 10, default)).Select(r => r.Parameters["p"]!.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PipelineThatIsMissing_IsSaidInTheStatus_AndHoldsNothingUp()
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync("""{"on": [{"event": {"type": "model.created"}}], "run": {"pipeline": "ghost"}}""", "broken");
        await host.CreateTriggerAsync("""{"on": [{"event": {"type": "model.created"}}], "run": {"pipeline": "one"}}""", "working");
        await AppendAsync(host, "model.created", "models/h", "{}");

        await DeliverAsync(host);

        Assert.Single(await host.Runs.ListAsync("default", "one", 10, default));
        var status = (await host.Resources.GetAsync(TriggerKind.Kind, "default", "broken", default)).OrThrow().Status;
        Assert.Equal("False", (string?)status["conditions"]![0]!["status"]);
        Assert.Contains("ghost", (string?)status["conditions"]![0]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadedPipeline_CanBeStartedToo()
    {
        await using var host = await StartAsync();
        using var kfp = new Kfp.KfpClient(host);
        await kfp.UploadAsync("pipelines/upload?name=uploaded", Encoding.UTF8.GetBytes(Kfp.TestPackages.BuiltIn));
        await host.CreateTriggerAsync("""{"on": [{"event": {"type": "model.created"}}], "run": {"pipeline": "uploaded", "fromEvent": {"v": "event.subject"}}}""");
        await AppendAsync(host, "model.created", "models/h", "{}");

        await DeliverAsync(host);

        var run = (await kfp.GetAsync("runs"))["runs"]![0]!;
        Assert.Equal(("models/h", "uploaded by watch"), ((string?)run["runtime_config"]!["parameters"]!["v"], (string?)run["display_name"]));
    }

    [Theory]
    [InlineData("github", "push", "refs/heads/main", true)]
    [InlineData("github", "push", "refs/heads/other", false)]
    [InlineData("github", "ping", "refs/heads/main", false)]
    [InlineData("gitlab", "Push Hook", "refs/heads/main", true)]
    [InlineData("generic", "push", "refs/heads/main", true)]
    public async Task SignedPush_StartsARunOnce(string provider, string happened, string reference, bool fires)
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync(
            "{\"on\": [{\"webhook\": {\"provider\": \"" + provider + "\", \"secret\": {\"name\": \"hook\"}, \"events\": [\"push\"], \"branch\": \"main\"}}], "
            + "\"run\": {\"pipeline\": \"one\", \"fromEvent\": {\"p\": \"payload.body.commits[0].id\"}}}");
        var body = "{\"ref\": \"" + reference + "\", \"commits\": [{\"id\": \"abc\"}]}";

        Assert.Equal(HttpStatusCode.Accepted, await CallAsync(host, provider, happened, body, "s3cret"));
        Assert.Equal(HttpStatusCode.Accepted, await CallAsync(host, provider, happened, body, "s3cret"));
        await DeliverAsync(host);

        var runs = await host.Runs.ListAsync("default", "one", 10, default);
        Assert.Equal(fires ? ["abc"] : [], runs.Select(r => r.Parameters["p"]!.ToString()));
        Assert.Single(await host.EventsAsync("trigger.webhook.received"));
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("generic")]
    public async Task WrongSignature_IsRefusedAndLeavesNothing(string provider)
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync("{\"on\": [{\"webhook\": {\"provider\": \"" + provider + "\", \"secret\": {\"name\": \"hook\"}}}], \"run\": {\"pipeline\": \"one\"}}");

        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(host, provider, "push", "{}", "guess"));
        using var unsigned = await host.Http.PostAsync("triggers/watch/webhook", new StringContent("{}"));
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync(host, provider, "push", "{", "s3cret"));
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync(host, provider, "push", "\"\\ud800\"", "s3cret"));
        using var unknown = await host.Http.PostAsync("triggers/ghost/webhook", new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var large = await host.Http.PostAsync("triggers/watch/webhook", new ByteArrayContent(new byte[600 * 1024]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Empty(await host.EventsAsync("trigger.webhook.received"));
    }

    [Fact]
    public async Task OldGenericCall_IsRefused()
    {
        await using var host = await StartAsync();
        await host.CreateTriggerAsync("""{"on": [{"webhook": {"secret": {"name": "hook"}}}], "run": {"pipeline": "one"}}""");

        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(host, "generic", "push", "{}", "s3cret", host.Floor.Time.GetUtcNow().AddMinutes(-6).ToUnixTimeSeconds()));
    }

    [Theory]
    [InlineData("""{"run": {"pipeline": "one"}}""", "spec.monitor,spec.model")]
    [InlineData("""{"monitor": "m", "model": "h", "on": [{"drift": {"monitor": "m"}}], "run": {"pipeline": "one"}}""", "spec.on")]
    [InlineData("""{"on": [{}], "run": {"pipeline": "one"}}""", "spec.on[0]")]
    [InlineData("""{"on": [{"drift": {"monitor": "m"}, "alias": {"model": "h"}}], "run": {"pipeline": "one"}}""", "spec.on[0]")]
    [InlineData("""{"on": [{"metric": {"monitor": "m", "metric": "r2"}}], "run": {"pipeline": "one"}}""", "spec.on[0].metric")]
    [InlineData("""{"on": [{"pipeline": {"name": "one"}}], "run": {"pipeline": "one"}}""", "spec.on[0].pipeline.name")]
    public async Task WrongTrigger_IsRefusedWhenItIsWritten(string spec, string faults)
    {
        await using var host = await PipelinesHost.StartAsync();
        var trigger = Resource.Create(TriggerKind.Kind, "default", "t");
        trigger.Json["spec"] = JsonNode.Parse(spec);

        var problem = (await host.Resources.CreateAsync(TriggerKind.Kind, trigger, new WriteOptions("test"), default)).Problem!;

        Assert.Equal(faults, string.Join(',', problem.Faults.Select(f => f.Path)));
    }

    private static async Task<PipelinesHost> StartAsync(DatabaseEngine engine = DatabaseEngine.Sqlite)
    {
        var host = await PipelinesHost.StartAsync(engine, null, [], FakeComponent.Echo());
        await host.ApplyAsync("one", Pipeline);
        var secret = Resource.Create(CoreKinds.Secret, "default", "hook");
        secret.Json["data"] = new JsonObject { ["secret"] = Convert.ToBase64String("s3cret"u8) };
        (await host.Resources.CreateAsync(CoreKinds.Secret, secret, new WriteOptions("test"), default)).OrThrow();
        // The first round only takes down where the log stands.
        await DeliverAsync(host);
        return host;
    }

    private static async Task DeliverAsync(PipelinesHost host)
    {
        while (await host.Services.GetRequiredService<TriggerDelivery>().DeliverAsync(default))
        {
        }
    }

    private static async Task ForgetAsync(PipelinesHost host) =>
        (await host.Floor.Database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync("UPDATE pipeline_trigger_cursor SET sequence = 0"), default)).OrThrow();

    private static async Task AppendAsync(PipelinesHost host, string type, string subject, string payload) =>
        (await host.Floor.Database.WriteAsync<long>(
            async (session, _) => await session.AppendAsync(new EventDraft(type, "default", subject, Encoding.UTF8.GetBytes(payload)) { Actor = "test" }), default)).OrThrow();

    private static async Task<HttpStatusCode> CallAsync(PipelinesHost host, string provider, string happened, string body, string secret, long? at = null)
    {
        var stamp = (at ?? 0) == 0 ? host.Floor.Time.GetUtcNow().ToUnixTimeSeconds() / 100 * 100 : at!.Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, "triggers/watch/webhook") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        string Sign(string text) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
        foreach (var (name, value) in provider switch
        {
            "github" => new[] { ("X-GitHub-Event", happened), ("X-GitHub-Delivery", "1"), ("X-Hub-Signature-256", Sign(body)) },
            "gitlab" => [("X-Gitlab-Event", happened), ("X-Gitlab-Event-UUID", "u"), ("X-Gitlab-Token", secret)],
            _ => [("X-Slipway-Event", happened), ("X-Slipway-Timestamp", $"{stamp}"), ("X-Slipway-Signature", Sign($"{stamp}.{body}"))],
        })
        {
            request.Headers.Add(name, value);
        }

        using var answer = await host.Http.SendAsync(request);
        return answer.StatusCode;
    }
}
