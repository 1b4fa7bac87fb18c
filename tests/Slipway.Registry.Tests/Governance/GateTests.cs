using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Registry.Tests.Governance;

public class GatesOnSqlite() : GateTests(DatabaseEngine.Sqlite);

public class GatesOnPostgres() : GateTests(DatabaseEngine.PostgreSql);

/// <summary>Rules, requests, approvals, stages and rollbacks over our own API.</summary>
public abstract class GateTests(DatabaseEngine engine)
{
    [Fact]
    public async Task GuardedAlias_IsKeptFromVersionsThatMissTheRules_WhicheverApiAsks()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        Assert.Equal(404, (await host.CallAsync("GET", "models/housing/gate")).Status);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/gate", new { aliases = new[] { "champion" }, stages = new[] { "Production" }, metrics = new object[] { new { name = "r2", min = 0.9 } }, documentation = true, tags = new[] { "reviewed" } })).Status);
        var asked = (await host.CallAsync("GET", "models/housing/versions/1/gate")).Answer!;
        Assert.False((bool)asked["opens"]!);
        Assert.Equal(["metric r2", "description", "licence", "tag reviewed"], asked["findings"]!.AsArray().Where(f => !(bool)f!["passed"]!).Select(f => (string)f!["rule"]!));

        var (status, refused) = await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 1 });
        Assert.Equal(403, status);
        Assert.Contains("metric r2: 0.8 is not at least 0.9", (string)refused!["detail"]!, StringComparison.Ordinal);
        Assert.Equal((403, "PERMISSION_DENIED"), Short(await host.Mlflow.ErrorAsync("POST", "registered-models/alias", new JsonObject { ["name"] = "housing", ["alias"] = "champion", ["version"] = "1" })));
        Assert.Equal(403, (await host.Mlflow.ErrorAsync("POST", "model-versions/transition-stage", new JsonObject { ["name"] = "housing", ["version"] = "1", ["stage"] = "Production" })).Status);
        Assert.Equal(ProblemCode.Forbidden, (await host.Registry.SetAliasAsync("default", "housing", "champion", 1, "controller:x", "", default)).Problem!.Code);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/aliases/challenger", new { version = 1 })).Status);

        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/gate", new { aliases = new[] { "champion" }, metrics = new object[] { new { name = "r2", min = 0.5 } } })).Status);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 1 })).Status);
        Assert.Equal(200, (await host.CallAsync("DELETE", "models/housing/gate")).Status);
        Assert.Equal(404, (await host.CallAsync("DELETE", "models/housing/gate")).Status);

        // The namespace's rules hold where a model has none of its own.
        Assert.Equal(200, (await host.CallAsync("PUT", "model-gate", new { aliases = new[] { "live" }, metrics = new object[] { new { name = "auc", min = 0.5 } } })).Status);
        Assert.Equal(403, (await host.CallAsync("PUT", "models/housing/aliases/live", new { version = 1 })).Status);
        Assert.Equal("live", (string)(await host.CallAsync("GET", "model-gate")).Answer!["rules"]!["aliases"]![0]!);
        Assert.Equal(200, (await host.CallAsync("DELETE", "model-gate")).Status);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/aliases/live", new { version = 1 })).Status);
    }

    [Fact]
    public async Task Requests_NeedTheVoicesOfOthers()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        await host.AddAsync();
        await host.CallAsync("PUT", "models/housing/gate", new { aliases = new[] { "champion" }, stages = new[] { "Production" }, approvals = 2 });
        Assert.Equal(403, (await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 1 }, "ada")).Status);

        var (status, made) = await host.CallAsync("POST", "models/housing/requests", new { version = 1, alias = "champion", reason = "better" }, "ada");
        Assert.Equal((200, "pending", 1), (status, (string)made!["state"]!, (int)made["number"]!));
        Assert.Equal(1, (int)(await host.CallAsync("POST", "models/housing/requests", new { version = 1, alias = "champion" }, "bob")).Answer!["number"]!);
        Assert.Equal(403, (await host.CallAsync("POST", "models/housing/requests/1/votes", new { approve = true }, "ada")).Status);
        Assert.Equal("pending", (string)(await host.CallAsync("POST", "models/housing/requests/1/votes", new { approve = true, reason = "ok" }, "bob")).Answer!["state"]!);
        Assert.Equal("pending", (string)(await host.CallAsync("POST", "models/housing/requests/1/votes", new { approve = true }, "bob")).Answer!["state"]!);
        var approved = (await host.CallAsync("POST", "models/housing/requests/1/votes", new { approve = true }, "cy")).Answer!;
        Assert.Equal("approved", (string)approved["state"]!);
        Assert.Equal(["bob", "cy"], approved["votes"]!.AsArray().Select(v => (string)v!["actor"]!).Order());
        Assert.Equal((1, "cy", "request 1: better"), (await host.Registry.GetAliasAsync("default", "housing", "champion", default)) is { } a ? (a.Version!.Value, a.Actor, a.Reason) : default);
        Assert.Equal(409, (await host.CallAsync("POST", "models/housing/requests/1/votes", new { approve = true }, "dee")).Status);

        await host.CallAsync("POST", "models/housing/requests", new { version = 2, stage = "production" }, "ada");
        Assert.Equal("rejected", (string)(await host.CallAsync("POST", "models/housing/requests/2/votes", new { approve = false, reason = "no" }, "bob")).Answer!["state"]!);
        await host.CallAsync("POST", "models/housing/requests", new { version = 2, alias = "champion" }, "ada");
        Assert.Equal("withdrawn", (string)(await host.CallAsync("POST", "models/housing/requests/3/withdraw", user: "ada")).Answer!["state"]!);
        Assert.Equal([3, 2, 1], (await host.CallAsync("GET", "models/housing/requests")).Answer!["requests"]!.AsArray().Select(r => (int)r!["number"]!));
        Assert.Equal("rejected", (string)(await host.CallAsync("GET", "models/housing/requests/2")).Answer!["state"]!);

        // What nobody guards is done at once.
        Assert.Equal("approved", (string)(await host.CallAsync("POST", "models/housing/requests", new { version = 2, alias = "trial" }, "ada")).Answer!["state"]!);
        Assert.Equal(2, (await host.Registry.GetAliasAsync("default", "housing", "trial", default))!.Version);
    }

    [Fact]
    public async Task Rollback_GoesBackAtOnceAndSaysSo()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        for (var i = 1; i <= 3; i++)
        {
            await host.AddAsync();
            await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = i });
        }

        // Rules that came later do not stand before a way back.
        await host.CallAsync("PUT", "models/housing/gate", new { aliases = new[] { "champion" }, approvals = 5, metrics = new object[] { new { name = "r2", min = 0.99 } } });
        var back = (await host.CallAsync("POST", "models/housing/aliases/champion/rollback", new { reason = "on fire" })).Answer!;
        Assert.Equal((2, "rolled back: on fire"), ((int)back["version"]!, (string)back["reason"]!));
        Assert.Equal(1, (int)(await host.CallAsync("POST", "models/housing/aliases/champion/rollback", new { sequence = 1 })).Answer!["version"]!);
        Assert.Equal(400, (await host.CallAsync("POST", "models/housing/aliases/champion/rollback", new { sequence = 77 })).Status);
        Assert.Equal(404, (await host.CallAsync("POST", "models/housing/aliases/none/rollback", new { })).Status);
        Assert.Equal(5, (await host.Registry.AliasHistoryAsync("default", "housing", default)).Count);
    }

    [Fact]
    public async Task Stages_AreSetWithAHistory()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        await host.AddAsync();
        await host.CallAsync("PUT", "models/housing/versions/1/stage", new { stage = "Production", reason = "first" }, "ada");
        Assert.Equal("Production", (string)(await host.CallAsync("PUT", "models/housing/versions/2/stage", new { stage = "production", reason = "better", archiveOthers = true }, "bob")).Answer!["stage"]!);
        var moves = (await host.CallAsync("GET", "models/housing/stage-history")).Answer!["moves"]!.AsArray();
        Assert.Equal(
            [(1, "None", "Production", "ada", "first"), (1, "Production", "Archived", "bob", "version 2 took its place"), (2, "None", "Production", "bob", "better")],
            moves.Select(m => ((int)m!["version"]!, (string)m["previousStage"]!, (string)m["stage"]!, (string)m["actor"]!, (string)m["reason"]!)));
    }

    [Theory]
    [InlineData("PUT", "models/housing/gate", "{\"alias\":[\"x\"]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"aliases\":[\"v1\"]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"stages\":[\"production\"]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"metrics\":[{\"name\":\"r2\"}]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"metrics\":[{\"name\":\"r2\",\"min\":2,\"max\":1}]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"metrics\":[null]}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"aliases\":null}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"pickleScan\":\"maybe\"}", 400)]
    [InlineData("PUT", "models/housing/gate", "{\"approvals\":-1}", 400)]
    [InlineData("PUT", "models/none/gate", "{}", 404)]
    [InlineData("POST", "models/housing/requests", "{\"version\":1}", 400)]
    [InlineData("POST", "models/housing/requests", "{\"alias\":\"x\"}", 400)]
    [InlineData("POST", "models/housing/requests", "{\"version\":1,\"alias\":\"x\",\"stage\":\"Staging\"}", 400)]
    [InlineData("POST", "models/housing/requests", "{\"version\":1,\"stage\":\"live\"}", 400)]
    [InlineData("POST", "models/housing/requests", "{\"version\":9,\"alias\":\"x\"}", 404)]
    [InlineData("POST", "models/housing/requests/9/votes", "{\"approve\":true}", 404)]
    [InlineData("POST", "models/housing/requests/9/votes", "{}", 400)]
    [InlineData("POST", "models/housing/requests/x/withdraw", "{}", 400)]
    [InlineData("PUT", "models/housing/versions/1/stage", "{\"stage\":\"live\"}", 400)]
    [InlineData("PUT", "models/housing/versions/1/stage", "{}", 400)]
    [InlineData("PUT", "models/housing/versions/1/stage", "{\"stage\":\"Archived\",\"archiveOthers\":true}", 400)]
    [InlineData("PUT", "models/housing/versions/9/stage", "{\"stage\":\"Staging\"}", 404)]
    [InlineData("GET", "models/none/stage-history", null, 404)]
    public async Task BadInput_IsTheCallersFault(string method, string path, string? body, int status)
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using var answer = await host.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static (int, string) Short((int Status, string Code, string Message) error) => (error.Status, error.Code);
}
