using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Runs;

/// <summary>The whole search grammar over six runs: a to f, in the order of their start; f is deleted.</summary>
public abstract class RunSearchTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AFilter_FindsTheRunsThatItMeans()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var ids = await SeedAsync(host);
        foreach (var (filter, expected) in new (string, string)[]
        {
            ("", "edcba"), ("metrics.acc > 0.5", "dc"), ("metric.acc >= 0.5", "dcb"), ("metrics.acc < 0.5", "a"), ("metrics.acc <= 0.5", "ba"), ("metrics.acc = 0.9", "d"),
            ("metrics.acc == 0.9", "!"), ("metrics.acc != 0.9", "cba"), ("metrics.nothing != 1", ""), ("metrics.\"my metric\" = 7", "a"), ("metrics.`my metric` = 7", "a"),
            ("params.lr = '0.1'", "ba"), ("param.lr != '0.1'", "c"), ("parameters.lr LIKE '0.%'", "cba"), ("parameter.lr ILIKE '0.0_'", "c"),
            ("params.opt LIKE 'A%'", "b"), ("params.opt ILIKE 'A%'", "ba"), ("params.\"with space\" = 'x y'", "c"), ("params.opt IS NULL", "edc"), ("params.opt is not null", "ba"),
            ("params.lr = 0.1", "!"), ("tags.team = 'red'", "ca"), ("tag.team != 'red'", "b"), ("tags.team IS NOT NULL AND tags.team != 'red'", "b"),
            ("attributes.run_name = 'b'", "b"), ("run_name LIKE '%'", "edcba"), ("attr.`Run name` = 'c'", "c"), ("run.run_name != 'a'", "edcb"), ("`run name` ILIKE 'D'", "d"),
            ("status = 'FINISHED'", "e"), ("attributes.status != 'FINISHED'", "dcba"), ("user_id = 'ada'", "a"), ("start_time > 2", "edc"), ("attributes.start_time = 2", "b"),
            ("created < 2", "a"), ("end_time > 0", "e"), ($"run_id = '{ids["a"]}'", "a"), ($"attribute.run_id IN ('{ids["a"]}', '{ids["c"]}')", "ca"),
            ($"run_id NOT IN ('{ids["a"]}')", "edcb"), ($"artifact_uri LIKE '%{ids["d"]}/artifacts'", "d"),
            ("dataset.name = 'houses'", "b"), ("datasets.digest LIKE 'abc%'", "b"), ("dataset.context = 'train'", "b"), ("dataset.name IN ('x', 'houses')", "b"), ("dataset.name != 'houses'", ""),
            ("metrics.acc > 0.2 AND params.lr = '0.1'", "b"), ("metrics.acc > 0.8 OR tags.team = 'blue'", "db"), ("(run_name = 'a' OR run_name = 'b') AND tags.team = 'red'", "a"),
            ("run_name = 'a' OR run_name = 'b' AND tags.team = 'red'", "a"), ("params.quote = 'it''s'", "a"), ("tags.\"größe\" = '日本'", "c"),
            ("metrics.nan > -1", "ba"), ("nonsense = 'a'", "!"), ("foo.bar = 'a'", "!"), ("status IN ('FINISHED')", "!"), ("start_time = 'a'", "!"), ("metrics.acc LIKE 'a'", "!"),
            ("metrics.acc > 'a'", "!"), ("tags.team > 'a'", "!"), ("dataset.source = 'a'", "!"), ("run_name IS NULL", "!"), ("params.lr", "!"),
        })
        {
            var body = new JsonObject { ["experiment_ids"] = new JsonArray("1"), ["filter"] = filter };
            if (expected == "!")
            {
                await host.Mlflow.RefusedAsync("runs/search", body.ToJsonString(), 400, "INVALID_PARAMETER_VALUE", "at column");
                continue;
            }

            Assert.Equal((filter, expected), (filter, Names(await host.Mlflow.PostAsync("runs/search", body.ToJsonString()))));
        }
    }

    [Theory]
    [InlineData("[\"metrics.acc DESC\"]", "dcbae")]
    [InlineData("[\"metrics.acc\"]", "abcde")]
    [InlineData("[\"metrics.nan ASC\"]", "baced")]
    [InlineData("[\"metrics.nan DESC\"]", "abced")]
    [InlineData("[\"metrics.nothing DESC\"]", "edcba")]
    [InlineData("[\"params.lr\", \"start_time\"]", "cabde")]
    [InlineData("[\"params.lr DESC\", \"metrics.acc DESC\"]", "bacde")]
    [InlineData("[\"tags.team\"]", "bcaed")]
    [InlineData("[\"attributes.start_time ASC\"]", "abcde")]
    [InlineData("[\"run_name DESC\"]", "edcba")]
    [InlineData("[\"end_time\"]", "edcba")]
    [InlineData("[\"status\", \"created ASC\"]", "eabcd")]
    [InlineData("[\"metrics.`my metric`\", \"start_time ASC\"]", "abcde")]
    public async Task AnOrder_PutsMissingValuesLastAndPagesHoldTogether(string order, string expected)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await SeedAsync(host);
        Assert.Equal(expected, Names(await host.Mlflow.PostAsync("runs/search", $$"""{"experiment_ids": ["1"], "order_by": {{order}}}""")));
        foreach (var size in new[] { 1, 2, 3 })
        {
            var (seen, token) = ("", "");
            do
            {
                var page = await host.Mlflow.PostAsync("runs/search", $$"""{"experiment_ids": ["1"], "order_by": {{order}}, "max_results": {{size}}, "page_token": "{{token}}"}""");
                (seen, token) = (seen + Names(page), (string?)page["next_page_token"]);
            }
            while (token is not null);
            Assert.Equal(expected, seen);
        }
    }

    [Fact]
    public async Task ATokenOfMlflowsOwn_IsFollowedByCounting()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await SeedAsync(host);
        var token = Convert.ToBase64String("{\"offset\": 2}"u8);
        Assert.Equal("bae", Names(await host.Mlflow.PostAsync("runs/search", $$"""{"experiment_ids": ["1"], "order_by": ["metrics.acc DESC"], "page_token": "{{token}}"}""")));
    }

    [Fact]
    public async Task Lifecycle_AndExperimentsChooseWhereToSearch()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await SeedAsync(host);
        Assert.Equal("f", Names(await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["1"], "run_view_type": "DELETED_ONLY"}""")));
        Assert.Equal("fedcba", Names(await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["1"], "run_view_type": "ALL"}""")));
        Assert.Equal("", Names(await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["0", "99"]}""")));
        await host.Mlflow.RunAsync("0", "\"run_name\": \"g\", \"start_time\": 10");
        Assert.Equal("gedcba", Names(await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["0", "1"]}""")));
        Assert.Equal("dcbage", Names(await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["0", "1"], "order_by": ["metrics.acc DESC"]}""")));
        Assert.Equal("", Names(await host.Mlflow.PostAsync("runs/search", """{}""")));
    }

    [Fact]
    public async Task RunsThatBeganTogether_ComeByTheirIds()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            ids.Add(await host.Mlflow.RunAsync("0"));
        }

        var found = await host.Mlflow.PostAsync("runs/search", """{"experiment_ids": ["0"]}""");
        Assert.Equal(ids.Order(StringComparer.Ordinal), found["runs"]!.AsArray().Select(r => (string)r!["info"]!["run_id"]!));
    }

    [Theory]
    [InlineData("""{"experiment_ids": ["0"], "order_by": ["metrics.a", "metrics.a DESC"]}""", "duplicate fields")]
    [InlineData("""{"experiment_ids": ["0"], "order_by": ["metrics.a SIDEWAYS"]}""", "Invalid ordering key in order_by clause")]
    [InlineData("""{"experiment_ids": ["0"], "order_by": ["nothing"]}""", "Invalid attribute key 'nothing' specified")]
    [InlineData("""{"experiment_ids": ["0"], "order_by": ["dataset.name"]}""", "Invalid order_by entity type")]
    [InlineData("""{"experiment_ids": "0"}""", "Invalid value \"0\" for parameter 'experiment_ids' supplied")]
    [InlineData("""{"experiment_ids": ["0"], "page_token": "abc"}""", "Invalid page token")]
    public async Task ASearchThatCannotBe_SaysWhy(string body, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync("runs/search", body, 400, "INVALID_PARAMETER_VALUE", words);
    }

    private static string Names(JsonNode found) => string.Concat(found["runs"]!.AsArray().Select(r => (string?)r!["info"]!["run_name"]));

    private static async Task<Dictionary<string, string>> SeedAsync(TrackingHost host)
    {
        var ids = new Dictionary<string, string>();
        await host.Mlflow.ExperimentAsync("search");
        foreach (var name in new[] { "a", "b", "c", "d", "e", "f" })
        {
            ids[name] = await host.Mlflow.RunAsync("1", $"\"run_name\": \"{name}\", \"start_time\": {name[0] - 'a' + 1}, \"user_id\": \"{(name == "a" ? "ada" : "bob")}\"");
        }

        await host.Mlflow.LogAsync(ids["a"], """
            "metrics": [{"key": "acc", "value": 0.95, "timestamp": 1, "step": 0}, {"key": "acc", "value": 0.1, "timestamp": 2, "step": 1}, {"key": "my metric", "value": 7, "timestamp": 1}, {"key": "nan", "value": 2, "timestamp": 1}],
            "params": [{"key": "lr", "value": "0.1"}, {"key": "opt", "value": "adam"}, {"key": "quote", "value": "it's"}], "tags": [{"key": "team", "value": "red"}]
            """);
        await host.Mlflow.LogAsync(ids["b"], """
            "metrics": [{"key": "acc", "value": 0.5, "timestamp": 1}, {"key": "nan", "value": 1, "timestamp": 1}],
            "params": [{"key": "lr", "value": "0.1"}, {"key": "opt", "value": "Adam"}], "tags": [{"key": "team", "value": "blue"}]
            """);
        await host.Mlflow.LogAsync(ids["c"], """
            "metrics": [{"key": "acc", "value": 0.7, "timestamp": 1}, {"key": "nan", "value": "NaN", "timestamp": 1}],
            "params": [{"key": "lr", "value": "0.01"}, {"key": "with space", "value": "x y"}], "tags": [{"key": "team", "value": "red"}, {"key": "größe", "value": "日本"}]
            """);
        await host.Mlflow.LogAsync(ids["d"], """ "metrics": [{"key": "acc", "value": 0.9, "timestamp": 1}] """);
        await host.Mlflow.PostAsync("runs/update", $$"""{"run_id": "{{ids["e"]}}", "status": "FINISHED", "end_time": 99}""");
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""
            {"run_id": "{{ids["b"]}}", "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "train"}],
             "dataset": {"name": "houses", "digest": "abc1", "source_type": "local", "source": "{}"} }]}
            """);
        await host.Mlflow.PostAsync("runs/delete", $$"""{"run_id": "{{ids["f"]}}"}""");
        return ids;
    }
}

public sealed class SqliteRunSearchTests() : RunSearchTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlRunSearchTests() : RunSearchTests(DatabaseEngine.PostgreSql);
