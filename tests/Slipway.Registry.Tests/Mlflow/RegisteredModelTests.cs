using System.Text.Json.Nodes;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Registry.Tests.Mlflow;

public class RegisteredModelsOnSqlite() : RegisteredModelTests(DatabaseEngine.Sqlite);

public class RegisteredModelsOnPostgres() : RegisteredModelTests(DatabaseEngine.PostgreSql);

/// <summary>MLflow's registered models over its wire: /api/2.0/mlflow/registered-models.</summary>
public abstract class RegisteredModelTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Model_IsCreatedReadDescribedTaggedAndDeleted()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var made = await host.Mlflow.PostAsync("registered-models/create", new JsonObject
        {
            ["name"] = "my model", ["description"] = "Häuser ✓", ["tags"] = new JsonArray(Tag("team", "homes"), Tag("k", "")), ["unknown_field"] = 3,
        });
        var model = made["registered_model"]!.AsObject();
        Assert.Equal(("my model", "Häuser ✓"), ((string)model["name"]!, (string)model["description"]!));
        Assert.Equal((long)model["creation_timestamp"]!, (long)model["last_updated_timestamp"]!);
        Assert.Equal([("k", ""), ("team", "homes")], Tags(model));
        Assert.Null(model["latest_versions"]);

        await host.Mlflow.PatchAsync("registered-models/update", new JsonObject { ["name"] = "my model", ["description"] = "other" });
        await host.Mlflow.PostAsync("registered-models/set-tag", new JsonObject { ["name"] = "my model", ["key"] = "team", ["value"] = "flats" });
        await host.Mlflow.DeleteAsync("registered-models/delete-tag", new JsonObject { ["name"] = "my model", ["key"] = "k" });
        await host.Mlflow.DeleteAsync("registered-models/delete-tag", new JsonObject { ["name"] = "my model", ["key"] = "k" });
        model = (await host.Mlflow.GetAsync("registered-models/get", ("name", "my model")))["registered_model"]!.AsObject();
        Assert.Equal("other", (string)model["description"]!);
        Assert.Equal([("team", "flats")], Tags(model));

        await host.Mlflow.CreateVersionAsync("my model");
        Assert.Empty(await host.Mlflow.DeleteAsync("registered-models/delete", new JsonObject { ["name"] = "my model" }));
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=my model not found"), await host.Mlflow.GetErrorAsync("registered-models/get", ("name", "my model")));
        Assert.Equal(404, (await host.Mlflow.GetErrorAsync("model-versions/get", ("name", "my model"), ("version", "1"))).Status);

        // The name is free, and nothing of the former one is left.
        await host.Mlflow.CreateModelAsync("my model");
        Assert.Equal("1", (string)(await host.Mlflow.CreateVersionAsync("my model"))["version"]!);
        model = (await host.Mlflow.GetAsync("registered-models/get", ("name", "my model")))["registered_model"]!.AsObject();
        Assert.Null(model["tags"]);
        Assert.Null(model["description"]);
        Assert.Contains(await host.Floor.Events.ReadAsync(0, new EventFilter("model."), 100, default), e => e.Type == "model.deleted");
    }

    [Fact]
    public async Task Rename_CarriesVersionsAliasesTagsAndHistory()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("old");
        await host.Mlflow.CreateModelAsync("other");
        await host.Mlflow.CreateVersionAsync("old", tags: ("k", "v"));
        await host.Mlflow.PostAsync("registered-models/set-tag", new JsonObject { ["name"] = "old", ["key"] = "team", ["value"] = "homes" });
        await host.Mlflow.PostAsync("registered-models/alias", new JsonObject { ["name"] = "old", ["alias"] = "champion", ["version"] = "1" });
        Assert.Equal("RESOURCE_ALREADY_EXISTS", (await host.Mlflow.ErrorAsync("POST", "registered-models/rename", new JsonObject { ["name"] = "old", ["new_name"] = "other" })).Code);
        var renamed = await host.Mlflow.PostAsync("registered-models/rename", new JsonObject { ["name"] = "old", ["new_name"] = "new" });
        Assert.Equal("new", (string)renamed["registered_model"]!["name"]!);
        Assert.Equal("new", (string)renamed["registered_model"]!["latest_versions"]![0]!["name"]!);
        Assert.Equal("Registered Model with name=old not found", (await host.Mlflow.GetErrorAsync("registered-models/get", ("name", "old"))).Message);
        var version = (await host.Mlflow.GetAsync("registered-models/alias", ("name", "new"), ("alias", "champion")))["model_version"]!.AsObject();
        Assert.Equal([("k", "v")], Tags(version));
        Assert.Equal("champion", (string)version["aliases"]![0]!);
        Assert.Single((await host.Mlflow.GetAsync("model-versions/search", ("filter", "name = 'new' and tags.k = 'v'")))["model_versions"]!.AsArray());
        Assert.Single(await host.Registry.AliasHistoryAsync("default", "new", default));
        Assert.Single((await host.Mlflow.GetAsync("registered-models/search", ("filter", "tags.team = 'homes'")))["registered_models"]!.AsArray());
    }

    [Fact]
    public async Task Search_FiltersOrdersAndPages()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        for (var i = 0; i < 7; i++)
        {
            await host.Mlflow.PostAsync("registered-models/create", new JsonObject { ["name"] = $"Model{i}", ["tags"] = new JsonArray(Tag("even", i % 2 == 0 ? "yes" : "no")) });
        }

        await host.Mlflow.PostAsync("registered-models/create", new JsonObject { ["name"] = "greeting", ["tags"] = new JsonArray(Tag("mlflow.prompt.is_prompt", "true")) });
        Assert.Equal(7, (await NamesAsync(host, "")).Length);
        Assert.Equal(["Model3"], await NamesAsync(host, "name = 'Model3'"));
        Assert.Empty(await NamesAsync(host, "name LIKE 'model%'"));
        Assert.Equal(7, (await NamesAsync(host, "name ILIKE 'MODEL%'")).Length);
        Assert.Equal(["Model1", "Model3", "Model5"], await NamesAsync(host, "tags.even != 'yes'"));
        Assert.Equal(["Model0", "Model6"], await NamesAsync(host, "tag.`even` = 'yes' AND name LIKE '%0' OR name = 'Model6'"));
        Assert.Empty(await NamesAsync(host, "tags.missing != 'x'"));
        Assert.Equal(["greeting"], await NamesAsync(host, "tags.`mlflow.prompt.is_prompt` = 'true'"));
        Assert.Equal(7, (await NamesAsync(host, "tags.`mlflow.prompt.is_prompt` != 'true'")).Length);
        Assert.Empty(await NamesAsync(host, "name = 'greeting' AND tags.`mlflow.prompt.is_prompt` = 'false'"));

        Assert.Equal("Model6", (await NamesAsync(host, "", ("order_by", "name DESC")))[0]);
        await host.Mlflow.PatchAsync("registered-models/update", new JsonObject { ["name"] = "Model2", ["description"] = "touched" });
        Assert.Equal("Model2", (await NamesAsync(host, "", ("order_by", "last_updated_timestamp DESC")))[0]);

        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = await host.Mlflow.GetAsync("registered-models/search", ("max_results", "3"), ("page_token", token));
            seen.AddRange(page["registered_models"]!.AsArray().Select(m => (string)m!["name"]!));
            token = (string?)page["next_page_token"] ?? "";
        }
        while (token.Length > 0);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"Model{i}"), seen);
    }

    [Theory]
    [InlineData("name > 'a'", "Invalid comparator for attribute: >")]
    [InlineData("nome = 'a'", "Invalid attribute key 'nome' specified")]
    [InlineData("param.x = 'a'", "Invalid entity type 'param'")]
    [InlineData("name = a", "Expected a quoted string value")]
    [InlineData("tags.x = 3", "Expected a quoted string value for tag")]
    [InlineData("name = 'a' AND", "Invalid clause(s) in filter string")]
    [InlineData("name IN ('a')", "Only the 'run_id' attribute supports comparison with a list")]
    public async Task BadFilter_SaysWhatIsWrongAndWhere(string filter, string message)
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var (status, code, text) = await host.Mlflow.GetErrorAsync("registered-models/search", ("filter", filter));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, code));
        Assert.StartsWith(message, text, StringComparison.Ordinal);
        Assert.Contains("(at column ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRequests_AreAnsweredInMlflowsWords()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        const string Docs = " See the API docs for more information about request parameters.";
        await RefusedAsync(host, "POST", "registered-models/create", new JsonObject(), 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'." + Docs);
        await RefusedAsync(host, "POST", "registered-models/create", new JsonObject { ["name"] = "m" }, 400, "RESOURCE_ALREADY_EXISTS", "Registered Model (name=m) already exists.");
        await RefusedAsync(host, "POST", "registered-models/create", new JsonObject { ["name"] = "a/b" }, 400, "INVALID_PARAMETER_VALUE", "Invalid model name 'a/b'. Names cannot contain '/' or ':'.");
        await RefusedAsync(host, "POST", "registered-models/create", Prompt("m"), 400, "RESOURCE_ALREADY_EXISTS", "Tried to create a prompt with name 'm', but the name is already taken by a registered model. MLflow does not allow creating a model and a prompt with the same name.");
        await RefusedAsync(host, "POST", "registered-models/rename", new JsonObject { ["name"] = "m" }, 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'new_name'." + Docs);
        await RefusedAsync(host, "POST", "registered-models/rename", new JsonObject { ["name"] = "x", ["new_name"] = "y" }, 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=x not found");
        await RefusedAsync(host, "PATCH", "registered-models/update", new JsonObject { ["name"] = "x" }, 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=x not found");
        await RefusedAsync(host, "DELETE", "registered-models/delete", new JsonObject { ["name"] = "x" }, 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=x not found");
        await RefusedAsync(host, "POST", "registered-models/set-tag", new JsonObject { ["name"] = "m", ["key"] = new string('k', 251), ["value"] = "v" }, 400, "INVALID_PARAMETER_VALUE", "'key' exceeds the maximum length of 250 characters");
        await RefusedAsync(host, "POST", "registered-models/set-tag", new JsonObject { ["name"] = "m", ["key"] = "k", ["value"] = new string('v', 100_001) }, 400, "INVALID_PARAMETER_VALUE", "'value' exceeds the maximum length of 100000 characters");
        var (_, _, message) = await host.Mlflow.ErrorAsync("POST", "registered-models/set-tag", new JsonObject { ["name"] = "m", ["key"] = "../k", ["value"] = "v" });
        Assert.StartsWith("Invalid value \"../k\" for parameter 'key' supplied", message, StringComparison.Ordinal);
        Assert.Equal(400, (await host.Mlflow.GetErrorAsync("registered-models/search", ("max_results", "1001"))).Status);
        Assert.Equal(400, (await host.Mlflow.GetErrorAsync("registered-models/search", ("page_token", "rubbish"))).Status);
        Assert.Contains("`order_by` contains duplicate fields", (await host.Mlflow.GetErrorAsync("registered-models/search?order_by=name&order_by=name+DESC")).Message, StringComparison.Ordinal);
        Assert.Contains("Invalid order by key 'creation_timestamp' specified", (await host.Mlflow.GetErrorAsync("registered-models/search", ("order_by", "creation_timestamp DESC"))).Message, StringComparison.Ordinal);
        Assert.Contains("Invalid order by key 'description' specified", (await host.Mlflow.GetErrorAsync("registered-models/search", ("order_by", "description"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workspaces_DoNotSeeOneAnother()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Mlflow.CreateModelAsync("m");
        Assert.Equal(404, (await host.Mlflow.SendAsync(HttpMethod.Get, "registered-models/get?name=m", null, ("X-MLFLOW-WORKSPACE", "team-b"))).Status);
        Assert.Equal(200, (await host.Mlflow.SendAsync(HttpMethod.Post, "registered-models/create", new JsonObject { ["name"] = "m" }, ("X-MLFLOW-WORKSPACE", "team-b"))).Status);
        Assert.Single((await host.Mlflow.GetAsync("registered-models/search"))["registered_models"]!.AsArray());
    }

    internal static JsonObject Tag(string key, string value) => new() { ["key"] = key, ["value"] = value };

    internal static (string, string)[] Tags(JsonObject of) => [.. (of["tags"] as JsonArray ?? []).Select(t => ((string)t!["key"]!, (string)t["value"]!))];

    private static JsonObject Prompt(string name) => new() { ["name"] = name, ["tags"] = new JsonArray(Tag("mlflow.prompt.is_prompt", "true")) };

    private static async Task<string[]> NamesAsync(RegistryHost host, string filter, params (string, string)[] more)
    {
        var found = await host.Mlflow.GetAsync("registered-models/search", [("filter", filter), .. more]);
        return [.. (found["registered_models"] as JsonArray ?? []).Select(m => (string)m!["name"]!)];
    }

    private static async Task RefusedAsync(RegistryHost host, string method, string path, JsonObject body, int status, string code, string message) =>
        Assert.Equal((status, code, message), await host.Mlflow.ErrorAsync(method, path, body));
}
