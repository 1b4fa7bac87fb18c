using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Models;

public abstract class LoggedModelTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AModel_IsMadeFinalizedTaggedAndDeleted()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var model = (await host.Mlflow.PostAsync("logged-models", """
            {"experiment_id": "0", "name": "my_model", "model_type": "LLM", "source_run_id": "123", "params": [{"key": "p", "value": "v"}], "tags": [{"key": "t", "value": "v"}]}
            """))["model"]!;
        var id = (string)model["info"]!["model_id"]!;
        Assert.StartsWith("m-", id, StringComparison.Ordinal);
        Assert.Equal(
            $$"""{"info":{"model_id":"{{id}}","experiment_id":"0","name":"my_model","creation_timestamp_ms":1704067200000,"last_updated_timestamp_ms":1704067200000,"artifact_uri":"mlflow-artifacts:/0/models/{{id}}/artifacts","status":"LOGGED_MODEL_PENDING","model_type":"LLM","source_run_id":"123","tags":[{"key":"t","value":"v"}]},"data":{"params":[{"key":"p","value":"v"}]} }""".Replace("} }", "}}", StringComparison.Ordinal),
            model.ToJsonString());
        Assert.Equal("LOGGED_MODEL_READY", (string?)(await host.Mlflow.OkAsync(HttpMethod.Patch, $"logged-models/{id}", """{"status": "LOGGED_MODEL_READY"}"""))["model"]!["info"]!["status"]);
        Assert.Equal("LOGGED_MODEL_UPLOAD_FAILED", (string?)(await host.Mlflow.OkAsync(HttpMethod.Patch, $"logged-models/{id}", """{"status": 3}"""))["model"]!["info"]!["status"]);
        await host.Mlflow.OkAsync(HttpMethod.Patch, $"logged-models/{id}/tags", """{"tags": [{"key": "t", "value": "w"}, {"key": "a/b", "value": "x"}]}""");
        await host.Mlflow.OkAsync(HttpMethod.Delete, $"logged-models/{id}/tags/t");
        await host.Mlflow.PostAsync($"logged-models/{id}/params", """{"params": [{"key": "q", "value": "w"}]}""");
        await host.Mlflow.RefusedAsync($"logged-models/{id}/params", """{"params": [{"key": "q", "value": "x"}]}""", 400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed");
        model = (await host.Mlflow.GetAsync($"logged-models/{id}"))["model"]!;
        Assert.Equal(
            """[{"key":"a/b","value":"x"}][{"key":"p","value":"v"},{"key":"q","value":"w"}]""",
            model["info"]!["tags"]!.ToJsonString() + model["data"]!["params"]!.ToJsonString());
        var (status, text) = await host.Mlflow.SendAsync(HttpMethod.Delete, $"logged-models/{id}/tags/t");
        Assert.Equal((404, true), ((int)status, text.Contains("No tag with key 't'", StringComparison.Ordinal)));

        await host.Mlflow.OkAsync(HttpMethod.Delete, $"logged-models/{id}");
        await host.Mlflow.RefusedAsync($"logged-models/{id}", null, 404, "RESOURCE_DOES_NOT_EXIST", $"Logged model with ID '{id}' not found.");
        Assert.Equal(id, (string?)(await host.Mlflow.GetAsync($"logged-models/{id}?allow_deleted=true"))["model"]!["info"]!["model_id"]);
        Assert.Empty((await host.Mlflow.PostAsync("logged-models/search", """{"experiment_ids": ["0"]}"""))["models"]!.AsArray());
    }

    [Fact]
    public async Task AModel_IsFoundWhereOthersAsk()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var run = await host.Mlflow.RunAsync("0");
        var id = (string)(await host.Mlflow.PostAsync("logged-models", $$"""{"experiment_id": "0", "name": "n", "source_run_id": "{{run}}"}"""))["model"]!["info"]!["model_id"]!;
        await host.Mlflow.LogAsync(run, $$""" "metrics": [{"key": "m", "value": 1, "timestamp": 1, "model_id": "{{id}}"}, {"key": "m", "value": 2, "timestamp": 2, "model_id": "{{id}}"}] """);
        var sources = host.Services.GetRequiredService<IModelSources>();
        var found = await sources.FindLoggedModelAsync("default", id, default);
        Assert.Equal((run, "n", 2.0), (found!.SourceRunId, found.Name, found.Metrics["m"]));
        Assert.Null(await sources.FindLoggedModelAsync("other", id, default));
        Assert.Equal($"mlflow-artifacts:/0/{run}/artifacts", await sources.FindRunArtifactUriAsync("default", run, default));
        var experiments = host.Services.GetRequiredService<IExperiments>();
        Assert.Equal(new ExperimentPlace("0", "Default", "mlflow-artifacts:/0", true), await experiments.FindAsync("default", "0", default));
        Assert.Null(await experiments.FindAsync("default", "7", default));
    }

    [Fact]
    public async Task ASearch_FiltersSortsAndPages()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var run = await host.Mlflow.RunAsync("0");
        foreach (var (name, metric) in new[] { ("a", 1.0), ("b", 3.0), ("c", 2.0), ("d", 0.0) })
        {
            var id = (string)(await host.Mlflow.PostAsync(
                "logged-models", $$"""{"experiment_id": "0", "name": "{{name}}", "model_type": "T{{name}}", "params": [{"key": "p", "value": "{{name}}"}], "tags": [{"key": "t", "value": "x{{name}}"}]}"""))["model"]!["info"]!["model_id"]!;
            if (metric > 0)
            {
                await host.Mlflow.LogAsync(run, $$""" "metrics": [{"key": "m", "value": {{metric}}, "timestamp": 1, "model_id": "{{id}}", "dataset_name": "d{{name}}", "dataset_digest": "1"}] """);
            }

            host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        foreach (var (more, expected) in new[]
        {
            ("", "dcba"), ("\"filter\": \"name = 'a'\"", "a"), ("\"filter\": \"metrics.m > 1\"", "cb"), ("\"filter\": \"params.p LIKE '%a'\"", "a"), ("\"filter\": \"tags.t != 'xa'\"", "dcb"),
            ("\"filter\": \"attributes.model_type IN ('Ta', 'Tb')\"", "ba"), ("\"filter\": \"creation_timestamp > 1704067200001\"", "dc"), ("\"filter\": \"status = 'LOGGED_MODEL_PENDING'\"", "dcba"),
            ("\"datasets\": [{\"dataset_name\": \"db\"}]", "b"), ("\"datasets\": [{\"dataset_name\": \"db\", \"dataset_digest\": \"2\"}]", ""),
            ("\"filter\": \"metrics.m > 1\", \"datasets\": [{\"dataset_name\": \"dc\", \"dataset_digest\": \"1\"}]", "c"),
            ("\"order_by\": [{\"field_name\": \"metrics.m\"}]", "acbd"), ("\"order_by\": [{\"field_name\": \"metrics.m\", \"ascending\": false}]", "bcad"),
            ("\"order_by\": [{\"field_name\": \"metrics.m\", \"dataset_name\": \"dc\"}]", "cdba"), ("\"order_by\": [{\"field_name\": \"creation_timestamp\"}]", "abcd"),
            ("\"order_by\": [{\"field_name\": \"name\", \"ascending\": false}]", "dcba"),
        })
        {
            var body = $$"""{"experiment_ids": ["0"]{{(more.Length > 0 ? ", " + more : "")}}}""";
            Assert.Equal((more, expected), (more, Names(await host.Mlflow.PostAsync("logged-models/search", body))));
        }

        var first = await host.Mlflow.PostAsync("logged-models/search", """{"experiment_ids": ["0"], "max_results": 3}""");
        var second = await host.Mlflow.PostAsync("logged-models/search", $$"""{"experiment_ids": ["0"], "max_results": 3, "page_token": "{{first["next_page_token"]}}"}""");
        Assert.Equal(("dcb", "a", null), (Names(first), Names(second), (string?)second["next_page_token"]));
        foreach (var (other, words) in new[]
        {
            ("\"experiment_ids\": [\"7\"]", "Experiment IDs in the page token do not match"),
            ("\"experiment_ids\": [\"0\"], \"filter\": \"name = 'a'\"", "Filter string in the page token does not match"),
            ("\"experiment_ids\": [\"0\"], \"order_by\": [{\"field_name\": \"name\"}]", "Order by in the page token does not match"),
        })
        {
            await host.Mlflow.RefusedAsync(
                "logged-models/search", $"{{{other}, \"page_token\": \"{first["next_page_token"]}\"}}", 400, "INVALID_PARAMETER_VALUE", words);
        }
    }

    [Theory]
    [InlineData("logged-models", """{}""", "Missing value for required parameter 'experiment_id'")]
    [InlineData("logged-models", """{"experiment_id": "0", "name": "a/b"}""", "Invalid model name ('a/b') provided")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "datasets": [{}]}""", "`dataset_name` in the `datasets` clause must be specified")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "filter": "foo.a = 'b'"}""", "Invalid entity type: 'foo'. Expected one of")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "filter": "metrics.a LIKE 'b'"}""", "Invalid comparison operator")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "filter": "Foo"}""", "Invalid filter string: 'Foo'")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "filter": "name = 'a' OR name = 'b'"}""", "Invalid filter string")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "order_by": [{"field_name": "params.a"}]}""", "Only metrics are supported")]
    [InlineData("logged-models/search", """{"experiment_ids": ["0"], "order_by": [{"field_name": "nothing"}]}""", "Invalid order by field name: nothing")]
    public async Task BadInput_IsRefused(string path, string body, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync(path, body, 400, "INVALID_PARAMETER_VALUE", words);
    }

    private static string Names(JsonNode found) => string.Concat(found["models"]!.AsArray().Select(m => (string?)m!["info"]!["name"]));
}

public sealed class SqliteLoggedModelTests() : LoggedModelTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlLoggedModelTests() : LoggedModelTests(DatabaseEngine.PostgreSql);
