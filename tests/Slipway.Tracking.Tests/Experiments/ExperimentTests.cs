using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Experiments;

public abstract class ExperimentTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AnExperiment_IsMadeFoundTaggedRenamedDeletedAndRestored()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = (string)(await host.Mlflow.PostAsync(
            "experiments/create", """{"name": "housing", "artifact_location": "s3://bucket/a", "tags": [{"key": "team", "value": "red"}]}"""))["experiment_id"]!;
        Assert.Equal("1", id);
        var experiment = (await host.Mlflow.GetAsync($"experiments/get?experiment_id={id}"))["experiment"]!;
        Assert.Equal(
            """{"experiment_id":"1","name":"housing","artifact_location":"s3://bucket/a","lifecycle_stage":"active","last_update_time":1704067200000,"creation_time":1704067200000,"tags":[{"key":"team","value":"red"}]}""",
            experiment.ToJsonString());
        await host.Mlflow.PostAsync("experiments/set-experiment-tag", """{"experiment_id": "1", "key": "team", "value": "blue"}""");
        await host.Mlflow.PostAsync("experiments/set-experiment-tag", """{"experiment_id": "1", "key": "empty", "value": ""}""");
        await host.Mlflow.PostAsync("experiments/delete-experiment-tag", """{"experiment_id": "1", "key": "empty"}""");
        await host.Mlflow.PostAsync("experiments/update", """{"experiment_id": "1", "new_name": "houses"}""");
        experiment = (await host.Mlflow.GetAsync("/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=houses"))["experiment"]!;
        Assert.Equal("""[{"key":"team","value":"blue"}]""", experiment["tags"]!.ToJsonString());

        var run = await host.Mlflow.RunAsync(id);
        await host.Mlflow.PostAsync("experiments/delete", """{"experiment_id": "1"}""");
        Assert.Equal("deleted", (string?)(await host.Mlflow.GetAsync("experiments/get?experiment_id=1"))["experiment"]!["lifecycle_stage"]);
        Assert.Equal("deleted", (string?)(await host.Mlflow.GetAsync($"runs/get?run_id={run}"))["run"]!["info"]!["lifecycle_stage"]);
        await host.Mlflow.RefusedAsync("experiments/update", """{"experiment_id": "1", "new_name": "x"}""", 500, "INVALID_STATE", "Cannot rename a non-active experiment");
        await host.Mlflow.RefusedAsync("experiments/delete", """{"experiment_id": "1"}""", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=1 exists");
        await host.Mlflow.RefusedAsync(
            "runs/create", """{"experiment_id": "1"}""", 400, "INVALID_PARAMETER_VALUE", "The experiment 1 must be in the 'active' state. Current state is deleted.");
        await host.Mlflow.PostAsync("experiments/restore", """{"experiment_id": "1"}""");
        Assert.Equal("active", (string?)(await host.Mlflow.GetAsync($"runs/get?run_id={run}"))["run"]!["info"]!["lifecycle_stage"]);
    }

    [Fact]
    public async Task TheDefaultExperiment_IsThereFromTheStart()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var found = (await host.Mlflow.PostAsync("experiments/search", """{"max_results": 5}"""))["experiments"]!.AsArray();
        Assert.Equal(found.Count, (await host.Mlflow.GetAsync("experiments/list?view_type=ACTIVE_ONLY&max_results=5"))["experiments"]!.AsArray().Count);
        Assert.Equal(("0", "Default", "mlflow-artifacts:/0"), ((string?)found[0]!["experiment_id"], (string?)found[0]!["name"], (string?)found[0]!["artifact_location"]));
        var run = await host.Mlflow.PostAsync("runs/create", "{}");
        Assert.Equal("0", (string?)run["run"]!["info"]!["experiment_id"]);
    }

    [Fact]
    public async Task TheNameOfADeletedExperiment_StaysTaken_UntilItIsRemovedForGood()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.ExperimentAsync("a");
        await host.Mlflow.RefusedAsync("experiments/create", """{"name": "a"}""", 400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=a) already exists");
        await host.Mlflow.PostAsync("experiments/delete", """{"experiment_id": "1"}""");
        await host.Mlflow.RefusedAsync("experiments/create", """{"name": "a"}""", 400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=a) already exists in deleted state");
        using var removed = await host.Http.DeleteAsync(new Uri("experiments/1", UriKind.Relative));
        Assert.True(removed.IsSuccessStatusCode);
        Assert.Equal("2", await host.Mlflow.ExperimentAsync("a"));
        Assert.Equal("2", (string?)(await host.Mlflow.GetAsync("experiments/get-by-name?experiment_name=a"))["experiment"]!["experiment_id"]);
        await host.Mlflow.ExperimentAsync("b");
        await host.Mlflow.RefusedAsync("experiments/update", """{"experiment_id": "3", "new_name": "a"}""", 400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=a)");
        await host.Mlflow.RefusedAsync("experiments/get?experiment_id=-1337", null, 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=-1337 exists");
    }

    [Theory]
    [InlineData("name = 'a'", "a")]
    [InlineData("attribute.name != 'a'", "Abc,ab,Default")]
    [InlineData("name LIKE 'a%'", "ab,a")]
    [InlineData("name ILIKE 'A%'", "Abc,ab,a")]
    [InlineData("tag.key = 'value'", "a")]
    [InlineData("tags.key != 'value'", "ab")]
    [InlineData("tag.key ILIKE '%alu%'", "ab,a")]
    [InlineData("tag.key IS NULL", "Abc,Default")]
    [InlineData("tag.key IS NOT NULL AND name != 'a'", "ab")]
    [InlineData("creation_time > 1704067200001", "Abc,ab")]
    [InlineData("name = 'a' OR name = 'Abc'", "Abc,a")]
    public async Task ASearch_FindsByNameTagAndTime(string filter, string expected)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await SeedAsync(host);
        var found = await host.Mlflow.PostAsync("experiments/search", new JsonObject { ["max_results"] = 10, ["filter"] = filter }.ToJsonString());
        Assert.Equal(expected, Names(found));
    }

    [Fact]
    public async Task ASearch_SortsPagesAndChoosesByLifecycle()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await SeedAsync(host);
        Assert.Equal("ab,a,Default,Abc", Names(await host.Mlflow.GetAsync("experiments/search?max_results=10&order_by=name%20DESC")));
        var first = await host.Mlflow.PostAsync("experiments/search", """{"max_results": 2}""");
        Assert.Equal("Abc,ab", Names(first));
        var second = await host.Mlflow.PostAsync("experiments/search", $$"""{"max_results": 2, "page_token": "{{first["next_page_token"]}}"}""");
        Assert.Equal(("a,Default", null), (Names(second), (string?)second["next_page_token"]));
        await host.Mlflow.PostAsync("experiments/delete", """{"experiment_id": "2"}""");
        Assert.Equal("Abc,a,Default", Names(await host.Mlflow.PostAsync("experiments/search", """{"view_type": "ACTIVE_ONLY"}""")));
        Assert.Equal("ab", Names(await host.Mlflow.PostAsync("experiments/search", """{"view_type": 2}""")));
        Assert.Equal("Abc,ab,a,Default", Names(await host.Mlflow.PostAsync("experiments/search", """{"view_type": "ALL"}""")));
    }

    [Theory]
    [InlineData("experiments/create", """{}""", "Missing value for required parameter 'name'.")]
    [InlineData("experiments/create", """{"name": 123}""", "Invalid value 123 for parameter 'name'")]
    [InlineData("experiments/create", """{"name": "e", "artifact_location": 9.0}""", "Invalid value 9.0 for parameter 'artifact_location'")]
    [InlineData("experiments/create", """{"name": "e", "tags": "5"}""", "Invalid value \"5\" for parameter 'tags'")]
    [InlineData("experiments/create", """{"name": "e", "artifact_location": "s3://b/a#f"}""", "'artifact_location' URL can't include fragments or params.")]
    [InlineData("experiments/create", """{"name": "e", "artifact_location": "s3://b/a?x=../y"}""", "Invalid query string")]
    [InlineData("experiments/create", """{"name": "e", "tags": [{"key": "../a", "value": "b"}]}""", "Names may be treated as files")]
    [InlineData("experiments/search", """{"max_results": 0}""", "Invalid value 0 for parameter 'max_results' supplied")]
    [InlineData("experiments/search", """{"max_results": 50001}""", "It must be at most 50000")]
    [InlineData("experiments/search", """{"page_token": "x"}""", "Invalid page token")]
    [InlineData("experiments/search", """{"filter": "nothing = 'a'"}""", "Invalid attribute key 'nothing'")]
    [InlineData("experiments/search", """{"filter": "metric.a > 1"}""", "Invalid entity type 'metric'")]
    [InlineData("experiments/search", """{"filter": "name > 'a'"}""", "Invalid comparator for string attribute")]
    [InlineData("experiments/search", """{"filter": "tags.a = 5"}""", "(at column 1)")]
    [InlineData("experiments/search", """{"order_by": ["tag.a"]}""", "Invalid order_by entity")]
    [InlineData("experiments/get?experiment_id=abc", null, "Experiment ID must be a valid integer")]
    public async Task BadInput_IsRefusedInMlflowsWords(string path, string? body, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync(path, body, 400, "INVALID_PARAMETER_VALUE", words);
    }

    [Fact]
    public async Task WhatIsNotThere_IsNotFound()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync("experiments/get?experiment_id=77", null, 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=77 exists");
        await host.Mlflow.RefusedAsync("experiments/get-by-name?experiment_name=x", null, 404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name 'x'");
        await host.Mlflow.RefusedAsync("experiments/restore", """{"experiment_id": "77"}""", 404, "RESOURCE_DOES_NOT_EXIST", "77");
        await host.Mlflow.RefusedAsync(
            "experiments/delete-experiment-tag", """{"experiment_id": "0", "key": "a"}""", 404, "RESOURCE_DOES_NOT_EXIST", "No tag with name: a in experiment with id 0");
    }

    private static string Names(JsonNode found) => string.Join(',', found["experiments"]!.AsArray().Select(e => (string?)e!["name"]));

    private static async Task SeedAsync(TrackingHost host)
    {
        foreach (var (name, tag) in new (string, string?)[] { ("Default", null), ("a", "value"), ("ab", "vaLue"), ("Abc", null) })
        {
            if (name != "Default")
            {
                await host.Mlflow.PostAsync(
                    "experiments/create", $$"""{"name": "{{name}}", "tags": [{{(tag is null ? "" : $$"""{"key": "key", "value": "{{tag}}"}""")}}]}""");
            }
            else
            {
                await host.Mlflow.PostAsync("experiments/search", "{}");
            }

            host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }
}

public sealed class SqliteExperimentTests() : ExperimentTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlExperimentTests() : ExperimentTests(DatabaseEngine.PostgreSql);
