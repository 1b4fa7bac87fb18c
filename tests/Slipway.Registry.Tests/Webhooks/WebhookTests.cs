using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Registry.Tests.Webhooks;

public class WebhooksOnSqlite() : WebhookTests(DatabaseEngine.Sqlite);

public class WebhooksOnPostgres() : WebhookTests(DatabaseEngine.PostgreSql);

/// <summary>MLflow's webhooks: kept over /api/2.0/mlflow/webhooks, delivered to a receiver.</summary>
public abstract class WebhookTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Webhook_IsMadeReadChangedListedAndDeleted()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var made = (await host.Mlflow.PostAsync("webhooks", Hook("one", "https://example.com/hook", ("MODEL_VERSION", "CREATED"), ("REGISTERED_MODEL", "CREATED"))))["webhook"]!.AsObject();
        var id = (string)made["webhook_id"]!;
        Assert.Equal(("one", "ACTIVE"), ((string)made["name"]!, (string)made["status"]!));
        Assert.False(made.ContainsKey("secret"));
        Assert.Equal([("MODEL_VERSION", "CREATED"), ("REGISTERED_MODEL", "CREATED")], made["events"]!.AsArray().Select(e => ((string)e!["entity"]!, (string)e["action"]!)));

        var changed = (await host.Mlflow.PatchAsync($"webhooks/{id}", new JsonObject { ["name"] = "two", ["status"] = "DISABLED", ["secret"] = "s", ["description"] = "" }))["webhook"]!.AsObject();
        Assert.Equal(("two", "DISABLED", "https://example.com/hook"), ((string)changed["name"]!, (string)changed["status"]!, (string)changed["url"]!));
        Assert.True((long)changed["last_updated_timestamp"]! > (long)made["last_updated_timestamp"]!);
        Assert.Equal("two", (string)(await host.Mlflow.GetAsync($"webhooks/{id}"))["webhook"]!["name"]!);

        await host.Mlflow.PostAsync("webhooks", Hook("three", "https://example.com/hook", ("PROMPT_ALIAS", "DELETED")));
        var page = await host.Mlflow.GetAsync("webhooks", ("max_results", "1"));
        var rest = await host.Mlflow.GetAsync("webhooks", ("max_results", "1"), ("page_token", (string)page["next_page_token"]!));
        Assert.Equal(["three", "two"], new[] { page, rest }.Select(p => (string)Assert.Single(p["webhooks"]!.AsArray())!["name"]!));
        Assert.Null(rest["next_page_token"]);

        await host.Mlflow.DeleteAsync($"webhooks/{id}", []);
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST", $"Webhook with ID {id} not found."), await host.Mlflow.GetErrorAsync($"webhooks/{id}"));
        Assert.Equal(404, (await host.Mlflow.ErrorAsync("DELETE", $"webhooks/{id}", [])).Status);
        Assert.Equal(404, (await host.Mlflow.ErrorAsync("PATCH", "webhooks/none", new JsonObject { ["name"] = "x" })).Status);
        Assert.Equal(404, (await host.Mlflow.ErrorAsync("POST", "webhooks/none/test", [])).Status);
    }

    [Fact]
    public async Task BadWebhooks_AreRefusedInMlflowsWords()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        Assert.Equal("max_results must be between 1 and 1000.", (await host.Mlflow.GetErrorAsync("webhooks", ("max_results", "1001"))).Message);
        foreach (var (body, message) in new[]
        {
            (Hook("a b", "https://x/y", ("MODEL_VERSION", "CREATED")), "Webhook name 'a b' is invalid. It must start and end with a letter or digit"),
            (Hook("a", "   ", ("MODEL_VERSION", "CREATED")), "Webhook URL cannot be empty or just whitespace"),
            (Hook("a", "ftp://example.com", ("MODEL_VERSION", "CREATED")), "Invalid webhook URL scheme: 'ftp'"),
            (Hook("a", "http://[invalid", ("MODEL_VERSION", "CREATED")), "Invalid webhook URL"),
            (Hook("a", "https://x/y"), "Missing value for required parameter 'events'"),
            (Hook("a", "https://x/y", ("MODEL_VERSION", "SET")), "Invalid action 'set' for entity 'model_version'. Valid actions are: ['created']"),
            (Hook("a", "https://x/y", ("NOTHING", "SET")), "Unknown or unspecified webhook entity: NOTHING"),
        })
        {
            var (status, code, text) = await host.Mlflow.ErrorAsync("POST", "webhooks", body);
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, code));
            Assert.StartsWith(message, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Changes_AreDeliveredSignedAndShapedAsMlflowDoes()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await using var receiver = await Receiver.StartAsync();
        var body = Hook(
            "all", receiver.Url, ("REGISTERED_MODEL", "CREATED"), ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_TAG", "SET"), ("MODEL_VERSION_TAG", "DELETED"),
            ("MODEL_VERSION_ALIAS", "CREATED"), ("MODEL_VERSION_ALIAS", "DELETED"), ("PROMPT_VERSION", "CREATED"));
        body["secret"] = "tell nobody";
        var id = (string)(await host.Mlflow.PostAsync("webhooks", body))["webhook"]!["webhook_id"]!;

        await host.Mlflow.PostAsync("registered-models/create", new JsonObject { ["name"] = "m", ["tags"] = new JsonArray(new JsonObject { ["key"] = "k", ["value"] = "v" }) });
        await receiver.WaitAsync(1);
        await host.Mlflow.CreateVersionAsync("m", run: "r1");
        await receiver.WaitAsync(2);
        await host.Mlflow.PostAsync("model-versions/set-tag", new JsonObject { ["name"] = "m", ["version"] = "1", ["key"] = "k", ["value"] = "ü" });
        await receiver.WaitAsync(3);
        await host.Mlflow.DeleteAsync("model-versions/delete-tag", new JsonObject { ["name"] = "m", ["version"] = "1", ["key"] = "k" });
        await receiver.WaitAsync(4);

        // Our own API moves the same aliases.
        using var put = await host.Http.PutAsJsonAsync("models/m/aliases/champion", new { version = 1 });
        await receiver.WaitAsync(5);
        await host.Mlflow.DeleteAsync("registered-models/alias", new JsonObject { ["name"] = "m", ["alias"] = "champion" });
        await receiver.WaitAsync(6);
        await host.Mlflow.CreateVersionAsync("m", "prompt-template", null, ("mlflow.prompt.is_prompt", "true"), ("mlflow.prompt.text", "Hello {{name}}"), ("x", "y"));
        var got = await receiver.WaitAsync(7);

        Assert.Equal(
            [
                """registered_model.created {"name":"m","tags":{"k":"v"},"description":""}""",
                """model_version.created {"name":"m","version":"1","source":"s3://bucket/model","run_id":"r1","tags":{},"description":null}""",
                """model_version_tag.set {"name":"m","version":"1","key":"k","value":"ü"}""",
                """model_version_tag.deleted {"name":"m","version":"1","key":"k"}""",
                """model_version_alias.created {"name":"m","alias":"champion","version":"1"}""",
                """model_version_alias.deleted {"name":"m","alias":"champion"}""",
                """prompt_version.created {"name":"m","version":"2","template":"Hello {{name}}","tags":{"x":"y"},"description":null}""",
            ],
            got.Select(g => JsonNode.Parse(g.Body)!.AsObject()).Select(b => $"{b["entity"]}.{b["action"]} {Plain(b["data"]!)}"));
        foreach (var (sent, headers) in got)
        {
            var signed = $"{headers["X-MLflow-Delivery-Id"]}.{headers["X-MLflow-Timestamp"]}.{sent}";
            var expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes("tell nobody"), Encoding.UTF8.GetBytes(signed)));
            Assert.Equal("v1," + expected, headers["X-MLflow-Signature"]);
            Assert.Equal("application/json", headers["Content-Type"]);
        }

        Assert.Equal(7, got.Select(g => g.Headers["X-MLflow-Delivery-Id"]).Distinct().Count());
        Assert.NotEmpty((await host.Http.GetFromJsonAsync<JsonObject>($"webhooks/{id}/deliveries"))!["deliveries"]!.AsArray());
    }

    [Fact]
    public async Task Refusals_AreTriedAgainOnlyWhereThatMayHelp()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await using var receiver = await Receiver.StartAsync();
        var id = (string)(await host.Mlflow.PostAsync("webhooks", Hook("h", receiver.Url, ("REGISTERED_MODEL", "CREATED"))))["webhook"]!["webhook_id"]!;
        receiver.Answers.Enqueue(503);
        await host.Mlflow.CreateModelAsync("busy");
        var got = await receiver.WaitAsync(2);
        Assert.Equal(got[0].Headers["X-MLflow-Delivery-Id"], got[1].Headers["X-MLflow-Delivery-Id"]);
        Assert.Equal(got[0].Body, got[1].Body);
        receiver.Answers.Enqueue(401);
        await host.Mlflow.CreateModelAsync("refused");
        await receiver.WaitAsync(3);
        await host.Mlflow.CreateModelAsync("fine");
        got = await receiver.WaitAsync(4);
        Assert.Equal("fine", (string)JsonNode.Parse(got[3].Body)!["data"]!["name"]!);
        await Eventually.TrueAsync(async () =>
            (await host.Http.GetFromJsonAsync<JsonObject>($"webhooks/{id}/deliveries"))!["deliveries"]!.AsArray().Select(d => (string)d!["state"]!).Order().SequenceEqual(["delivered", "delivered", "failed"]));
    }

    [Fact]
    public async Task WhatWasQueuedBeforeACrash_IsDeliveredAfterIt()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var host = await RegistryHost.StartAsync(engine, sender: false);
        await host.Mlflow.PostAsync("webhooks", Hook("h", receiver.Url, ("REGISTERED_MODEL", "CREATED")));
        await host.Mlflow.CreateModelAsync("before");
        Assert.Empty(receiver.Got);

        // Another process on the same database, as after kill -9.
        await using var next = await RegistryHost.OnAsync(host.Floor);
        Assert.Equal("before", (string)JsonNode.Parse((await receiver.WaitAsync(1))[0].Body)!["data"]!["name"]!);
    }

    [Fact]
    public async Task Test_SendsAnExampleAndTellsWhatCameBack()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await using var receiver = await Receiver.StartAsync();
        var id = (string)(await host.Mlflow.PostAsync("webhooks", Hook("h", receiver.Url, ("MODEL_VERSION", "CREATED"), ("PROMPT", "CREATED"))))["webhook"]!["webhook_id"]!;
        var result = (await host.Mlflow.PostAsync($"webhooks/{id}/test", []))["result"]!;
        Assert.Equal((true, 200, "thanks"), ((bool)result["success"]!, (int)result["response_status"]!, (string)result["response_body"]!));
        Assert.Equal("example_model", (string)JsonNode.Parse(receiver.Got.Single().Body)!["data"]!["name"]!);
        receiver.Answers.Enqueue(500);
        result = (await host.Mlflow.PostAsync($"webhooks/{id}/test", new JsonObject { ["event"] = new JsonObject { ["entity"] = "PROMPT", ["action"] = "CREATED" } }))["result"]!;
        Assert.False((bool)result["success"]!);
        Assert.Equal("prompt", (string)JsonNode.Parse(receiver.Got.Last().Body)!["entity"]!);
    }

    [Fact]
    public async Task PrivateAddresses_CanBeForbidden()
    {
        await using var host = await RegistryHost.StartAsync(engine, settings: new() { ["Registry:Webhooks:AllowPrivateAddresses"] = "false" });
        await using var receiver = await Receiver.StartAsync();
        var id = (string)(await host.Mlflow.PostAsync("webhooks", Hook("h", receiver.Url, ("MODEL_VERSION", "CREATED"))))["webhook"]!["webhook_id"]!;
        var result = (await host.Mlflow.PostAsync($"webhooks/{id}/test", []))["result"]!;
        Assert.False((bool)result["success"]!);
        Assert.Contains("must not resolve to a non-public IP address", (string)result["error_message"]!, StringComparison.Ordinal);
        Assert.Empty(receiver.Got);
    }

    private static JsonObject Hook(string name, string url, params (string Entity, string Action)[] events) => new()
    {
        ["name"] = name, ["url"] = url, ["events"] = new JsonArray([.. events.Select(e => new JsonObject { ["entity"] = e.Entity, ["action"] = e.Action })]),
    };

    private static string Plain(JsonNode node) =>
        node.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
