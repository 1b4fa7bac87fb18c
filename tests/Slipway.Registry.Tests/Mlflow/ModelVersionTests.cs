using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Tests.Mlflow;

namespace Slipway.Registry.Tests.Mlflow;

public class ModelVersionsOnSqlite() : ModelVersionTests(DatabaseEngine.Sqlite);

public class ModelVersionsOnPostgres() : ModelVersionTests(DatabaseEngine.PostgreSql);

/// <summary>MLflow's model versions over its wire: /api/2.0/mlflow/model-versions.</summary>
public abstract class ModelVersionTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Version_IsNumberedReadDescribedTaggedAndDeleted()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        var made = await host.Mlflow.PostAsync("model-versions/create", new JsonObject
        {
            ["name"] = "m", ["source"] = "s3://bucket/model", ["run_id"] = "run1", ["run_link"] = "http://x/runs/run1", ["description"] = "first",
            ["tags"] = new JsonArray(RegisteredModelTests.Tag("a", "1")),
        });
        var version = made["model_version"]!.AsObject();
        Assert.Equal(("m", "1", "None", "READY"), ((string)version["name"]!, (string)version["version"]!, (string)version["current_stage"]!, (string)version["status"]!));
        Assert.Equal(("s3://bucket/model", "run1", "http://x/runs/run1", "first"), ((string)version["source"]!, (string)version["run_id"]!, (string)version["run_link"]!, (string)version["description"]!));
        Assert.Equal("s3://bucket/model", (string)(await host.Mlflow.GetAsync("model-versions/get-download-uri", ("name", "m"), ("version", "1")))["artifact_uri"]!);

        await host.Mlflow.PatchAsync("model-versions/update", new JsonObject { ["name"] = "m", ["version"] = "1", ["description"] = "better" });
        await host.Mlflow.PostAsync("model-versions/set-tag", new JsonObject { ["name"] = "m", ["version"] = "1", ["key"] = "b", ["value"] = "2" });
        await host.Mlflow.DeleteAsync("model-versions/delete-tag", new JsonObject { ["name"] = "m", ["version"] = "1", ["key"] = "a" });
        version = (await host.Mlflow.GetAsync("model-versions/get", ("name", "m"), ("version", "1")))["model_version"]!.AsObject();
        Assert.Equal("better", (string)version["description"]!);
        Assert.Equal([("b", "2")], RegisteredModelTests.Tags(version));
        Assert.True((long)version["last_updated_timestamp"]! >= (long)version["creation_timestamp"]!);

        Assert.Equal("2", (string)(await host.Mlflow.CreateVersionAsync("m"))["version"]!);
        await host.Mlflow.PostAsync("registered-models/alias", new JsonObject { ["name"] = "m", ["alias"] = "champion", ["version"] = "2" });
        await host.Mlflow.DeleteAsync("model-versions/delete", new JsonObject { ["name"] = "m", ["version"] = "2" });
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST", "Model Version (name=m, version=2) not found"), await host.Mlflow.GetErrorAsync("model-versions/get", ("name", "m"), ("version", "2")));
        Assert.Equal("Registered model alias champion not found.", (await host.Mlflow.GetErrorAsync("registered-models/alias", ("name", "m"), ("alias", "champion"))).Message);

        // A number is never given twice, and the history tells why the alias went.
        Assert.Equal("3", (string)(await host.Mlflow.CreateVersionAsync("m"))["version"]!);
        Assert.Equal(["over MLflow's API", "version 2 was deleted"], (await host.Registry.AliasHistoryAsync("default", "m", default)).Select(a => a.Reason));
    }

    [Fact]
    public async Task Stages_MoveInAnyCaseAndArchiveWhoWasThere()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        for (var i = 0; i < 4; i++)
        {
            await host.Mlflow.CreateVersionAsync("m");
        }

        await StageAsync(host, 1, "production", archive: false);
        await StageAsync(host, 2, "PRODUCTION", archive: false);
        var moved = await StageAsync(host, 3, "Production", archive: true);
        Assert.Equal("Production", (string)moved["model_version"]!["current_stage"]!);
        Assert.Equal([("Archived", "2"), ("None", "4"), ("Production", "3")], await LatestAsync(host));
        Assert.Equal([("Production", "3")], await LatestAsync(host, "pROduction"));
        var posted = await host.Mlflow.PostAsync("registered-models/get-latest-versions", new JsonObject { ["name"] = "m", ["stages"] = new JsonArray("None") });
        Assert.Equal("4", (string)Assert.Single(posted["model_versions"]!.AsArray())!["version"]!);
        var model = (await host.Mlflow.GetAsync("registered-models/get", ("name", "m")))["registered_model"]!;
        Assert.Equal(3, model["latest_versions"]!.AsArray().Count);

        Assert.Equal("Invalid Model Version stage: live. Value must be one of None, Staging, Production, Archived.", (await host.Mlflow.ErrorAsync("POST", "model-versions/transition-stage", Stage(1, "live", false))).Message);
        Assert.Equal(
            "Model version transition cannot archive existing model versions because 'Archived' is not an Active stage. Valid stages are ['Staging', 'Production']",
            (await host.Mlflow.ErrorAsync("POST", "model-versions/transition-stage", Stage(1, "Archived", true))).Message);
        Assert.Equal(404, (await host.Mlflow.ErrorAsync("POST", "model-versions/transition-stage", Stage(9, "Staging", true))).Status);
        Assert.Equal(400, (await host.Mlflow.GetErrorAsync("registered-models/get-latest-versions?name=m&stages=live")).Status);
    }

    [Fact]
    public async Task Aliases_PointMoveAndAreRemembered()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        await host.Mlflow.CreateVersionAsync("m");
        await host.Mlflow.CreateVersionAsync("m");
        await host.Mlflow.PostAsync("registered-models/alias", Alias("champion", "1"));
        await host.Mlflow.PostAsync("registered-models/alias", Alias("champion", "2"));
        await host.Mlflow.PostAsync("registered-models/alias", Alias("chällenger", "1"));
        var found = (await host.Mlflow.GetAsync("registered-models/alias", ("name", "m"), ("alias", "champion")))["model_version"]!;
        Assert.Equal("2", (string)found["version"]!);
        Assert.Equal(["champion"], found["aliases"]!.AsArray().Select(a => (string)a!));
        Assert.Equal("2", (string)(await host.Mlflow.GetAsync("registered-models/alias", ("name", "m"), ("alias", "Latest")))["model_version"]!["version"]!);
        var model = (await host.Mlflow.GetAsync("registered-models/get", ("name", "m")))["registered_model"]!;
        Assert.Equal([("champion", "2"), ("chällenger", "1")], model["aliases"]!.AsArray().Select(a => ((string)a!["alias"]!, (string)a["version"]!)).Order());
        var history = await host.Registry.AliasHistoryAsync("default", "m", default);
        Assert.Equal([(1, "user:test"), (2, "user:test"), (1, "user:test")], history.Select(a => (a.Version!.Value, a.Actor)));
        Assert.Equal(2, (await host.Registry.GetAliasAsync("default", "m", "champion", default))!.Version);

        await host.Mlflow.DeleteAsync("registered-models/alias", new JsonObject { ["name"] = "m", ["alias"] = "champion" });
        await host.Mlflow.DeleteAsync("registered-models/alias", new JsonObject { ["name"] = "m", ["alias"] = "champion" });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE", "Registered model alias champion not found."), await host.Mlflow.GetErrorAsync("registered-models/alias", ("name", "m"), ("alias", "champion")));
        foreach (var (alias, message) in new[]
        {
            ("latest", "'latest' alias name (case insensitive) is reserved."), ("v12", "Version alias name 'v12' is reserved."),
            ("a b", "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-)."),
            (new string('a', 256), "'Registered model alias name' exceeds the maximum length of 255 characters"),
        })
        {
            Assert.Equal(message, (await host.Mlflow.ErrorAsync("POST", "registered-models/alias", Alias(alias, "1"))).Message);
        }

        Assert.Equal("Model Version (name=m, version=7) not found", (await host.Mlflow.ErrorAsync("POST", "registered-models/alias", Alias("x", "7"))).Message);
        Assert.Equal("Parameter 'version' must be an integer, got 'one'.", (await host.Mlflow.ErrorAsync("POST", "registered-models/alias", Alias("x", "one"))).Message);
    }

    [Fact]
    public async Task Search_FiltersOrdersAndPages()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        foreach (var name in new[] { "a", "b", "greeting" })
        {
            await host.Mlflow.CreateModelAsync(name);
        }

        await host.Mlflow.CreateVersionAsync("a", "s3://x/1", "run1", ("k", "v1"));
        await host.Mlflow.CreateVersionAsync("a", "s3://x/2", "run2", ("k", "v2"), ("l", "w"));
        await host.Mlflow.CreateVersionAsync("b", "s3://y/1", "run1");
        await host.Mlflow.CreateVersionAsync("greeting", "prompt-template", null, ("mlflow.prompt.is_prompt", "true"), ("mlflow.prompt.text", "Hello"));
        Assert.Equal(["b1", "a2", "a1"], await FoundAsync(host, ""));
        Assert.Equal(["a2", "a1"], await FoundAsync(host, "name = 'a'"));
        Assert.Equal(["b1", "a1"], await FoundAsync(host, "run_id = 'run1'"));
        Assert.Equal(["a2", "a1"], await FoundAsync(host, "run_id IN ('run1', 'run2') AND name = 'a'"));
        Assert.Equal(["a2"], await FoundAsync(host, "source_path = 's3://x/2'"));
        Assert.Equal(["a2"], await FoundAsync(host, "version_number > 1"));
        Assert.Equal(["a2"], await FoundAsync(host, "tags.k != 'v1'"));
        Assert.Equal(["a2"], await FoundAsync(host, "tags.k LIKE 'v%' AND tag.l = 'w'"));
        Assert.Equal(["b1"], await FoundAsync(host, "tags.k IS NULL"));
        Assert.Equal(["greeting1"], await FoundAsync(host, "tags.`mlflow.prompt.is_prompt` = 'true'"));
        Assert.Equal(["a1", "a2", "b1"], await FoundAsync(host, "", ("order_by", "name"), ("order_by", "version_number ASC")));
        Assert.Equal(["a1", "a2", "b1"], await FoundAsync(host, "", ("order_by", "creation_timestamp ASC")));
        await host.Mlflow.PostAsync("model-versions/set-tag", new JsonObject { ["name"] = "a", ["version"] = "1", ["key"] = "k", ["value"] = "v9" });
        Assert.Equal(["a1"], await FoundAsync(host, "tags.k = 'v9'"));
        var page = await host.Mlflow.GetAsync("model-versions/search", ("max_results", "2"), ("order_by", "name"));
        Assert.Equal(2, page["model_versions"]!.AsArray().Count);
        var rest = await host.Mlflow.GetAsync("model-versions/search", ("max_results", "2"), ("order_by", "name"), ("page_token", (string)page["next_page_token"]!));
        Assert.Equal("b", (string)Assert.Single(rest["model_versions"]!.AsArray())!["name"]!);
        Assert.Null(rest["next_page_token"]);
        foreach (var (filter, message) in new[]
        {
            ("run_id > 'a'", "Invalid comparator for attribute: >"), ("version_number LIKE '1'", "Invalid comparator for attribute version_number: LIKE"),
            ("name IN ('a')", "Only the 'run_id' attribute supports comparison with a list of quoted string values."), ("user_id = 'a'", "Invalid attribute key 'user_id' specified"),
            ("run_id IN ()", "While parsing a list in the query, expected a non-empty list of string values"), ("name = 'a", "Invalid clause(s) in filter string"),
        })
        {
            Assert.StartsWith(message, (await host.Mlflow.GetErrorAsync("model-versions/search", ("filter", filter))).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/etc/passwd", "To use a local path as a model version source, the run_id request parameter has to be specified")]
    [InlineData("file:///etc", "To use a local path as a model version source")]
    [InlineData("path/to/model", "To use a local path as a model version source")]
    [InlineData("s3://bucket/../../x", "an absolute path must be provided without relative path references present")]
    [InlineData("mlflow-artifacts://host/..%2f..%2fx", "an absolute path must be provided")]
    [InlineData("http://host/%252e%252e/x", "an absolute path must be provided")]
    [InlineData("mlflow-artifacts:models/x", "an absolute path must be provided")]
    [InlineData("models:/nothing/1", "Unable to fetch model from model URI source artifact location 'models:/nothing/1'")]
    [InlineData("models:/m-0123", "Unable to fetch model from model URI source artifact location 'models:/m-0123'")]
    public async Task Sources_ThatReachIntoTheServerOrNowhere_AreRefused(string source, string message)
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        var (status, code, text) = await host.Mlflow.ErrorAsync("POST", "model-versions/create", new JsonObject { ["name"] = "m", ["source"] = source, ["run_id"] = "r" });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, code));
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.Null((await host.Mlflow.GetAsync("registered-models/get", ("name", "m")))["registered_model"]!["latest_versions"]);
    }

    [Fact]
    public async Task TrainedVersion_ShowsInMlflowWithASourceThatIsServed()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        await host.Registry.SetAliasAsync("default", "housing", "champion", 1, "ada", "first", default);
        var version = (await host.Mlflow.GetAsync("registered-models/alias", ("name", "housing"), ("alias", "champion")))["model_version"]!.AsObject();
        Assert.Equal(("mlflow-artifacts:/registry/housing/1", "run1", "ada"), ((string)version["source"]!, (string)version["run_id"]!, (string)version["user_id"]!));
        Assert.Equal([("team", "homes ✓")], RegisteredModelTests.Tags(version));
        Assert.Equal("mlflow-artifacts:/registry/housing/1", (string)(await host.Mlflow.GetAsync("model-versions/get-download-uri", ("name", "housing"), ("version", "1")))["artifact_uri"]!);
        var files = (await host.VersionFiles.ListAsync("default", "housing", 1, default)).OrThrow();
        Assert.Equal(["MLmodel", "conda.yaml", "model.onnx", "python_env.yaml", "requirements.txt"], files.Select(f => f.Path));
        Assert.All(files, f => Assert.NotNull(host.Floor.Objects.FindAsync(f.Sha256, default)));

        // What clients say about it changes; what it is does not.
        await host.Mlflow.PostAsync("model-versions/set-tag", new JsonObject { ["name"] = "housing", ["version"] = "1", ["key"] = "seen", ["value"] = "yes" });
        await host.Mlflow.PostAsync("model-versions/transition-stage", new JsonObject { ["name"] = "housing", ["version"] = "1", ["stage"] = "Staging" });
        var read = (await host.Registry.GetLoadableAsync("default", "housing", 1, default)).OrThrow();
        Assert.Equal(("yes", "Staging"), (read.Tags["seen"], read.Stage));

        // A copy by models:/ keeps working when its model is another.
        await host.Mlflow.CreateModelAsync("copy");
        await host.Mlflow.CreateVersionAsync("copy", "models:/housing@champion");
        Assert.Equal(read.ArtifactDigest, (await host.Registry.ResolveAsync("default", "models:/copy/1", default)).OrThrow().ArtifactDigest);
    }

    private static JsonObject Alias(string alias, string version) => new() { ["name"] = "m", ["alias"] = alias, ["version"] = version };

    private static JsonObject Stage(int version, string stage, bool archive) =>
        new() { ["name"] = "m", ["version"] = $"{version}", ["stage"] = stage, ["archive_existing_versions"] = archive };

    private static Task<JsonObject> StageAsync(RegistryHost host, int version, string stage, bool archive) =>
        host.Mlflow.PostAsync("model-versions/transition-stage", Stage(version, stage, archive));

    private static async Task<IEnumerable<(string, string)>> LatestAsync(RegistryHost host, params string[] stages)
    {
        var found = await host.Mlflow.GetAsync("registered-models/get-latest-versions", [("name", "m"), .. stages.Select(s => ("stages", s))]);
        return found["model_versions"]!.AsArray().Select(v => ((string)v!["current_stage"]!, (string)v["version"]!)).Order();
    }

    private static async Task<string[]> FoundAsync(RegistryHost host, string filter, params (string, string)[] more)
    {
        var found = await host.Mlflow.GetAsync("model-versions/search", [("filter", filter), .. more]);
        return [.. (found["model_versions"] as JsonArray ?? []).Select(v => (string)v!["name"]! + (string)v["version"]!)];
    }
}
