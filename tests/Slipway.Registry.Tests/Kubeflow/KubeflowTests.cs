using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Registry.Tests.Kubeflow;

public class KubeflowOnSqlite() : KubeflowTests(DatabaseEngine.Sqlite);

public class KubeflowOnPostgres() : KubeflowTests(DatabaseEngine.PostgreSql);

/// <summary>The Kubeflow Model Registry API over the same models: /api/model_registry/v1alpha3.</summary>
public abstract class KubeflowTests(DatabaseEngine engine)
{
    [Fact]
    public async Task ModelsAndVersions_AreTheSameAsMlflows()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var model = await host.Kubeflow.PostAsync("registered_models", new JsonObject
        {
            ["name"] = "m", ["description"] = "d", ["externalId"] = "ext-1", ["owner"] = "ada", ["language"] = new JsonArray("en"), ["license"] = "mit", ["nonsense"] = 1,
            ["customProperties"] = new JsonObject { ["team"] = Text("homes"), ["stars"] = new JsonObject { ["metadataType"] = "MetadataIntValue", ["int_value"] = "5" } },
        });
        var id = (string)model["id"]!;
        Assert.Equal(("m", "LIVE", "ada", "mit", "en"), ((string)model["name"]!, (string)model["state"]!, (string)model["owner"]!, (string)model["license"]!, (string)model["language"]![0]!));
        Assert.Equal(("homes", "5"), ((string)model["customProperties"]!["team"]!["string_value"]!, (string)model["customProperties"]!["stars"]!["int_value"]!));
        Assert.Equal("homes", (string)(await host.Mlflow.GetAsync("registered-models/get", ("name", "m")))["registered_model"]!["tags"]![0]!["value"]!);

        var version = await host.Kubeflow.PostAsync($"registered_models/{id}/versions", new JsonObject { ["name"] = "v1.0", ["author"] = "bob", ["customProperties"] = new JsonObject { ["k"] = Text("v") } });
        Assert.Equal(("v1.0", id, "bob"), ((string)version["name"]!, (string)version["registeredModelId"]!, (string)version["author"]!));
        var artifact = await host.Kubeflow.PostAsync($"model_versions/{version["id"]}/artifacts", new JsonObject { ["artifactType"] = "model-artifact", ["name"] = "files", ["uri"] = "s3://bucket/m", ["modelFormatName"] = "onnx" });
        Assert.Equal("s3://bucket/m", (string)artifact["uri"]!);
        var seen = (await host.Mlflow.GetAsync("model-versions/get", ("name", "m"), ("version", "1")))["model_version"]!;
        Assert.Equal(("s3://bucket/m", "v"), ((string)seen["source"]!, (string)seen["tags"]![0]!["value"]!));
        Assert.Equal("files", (string)Assert.Single((await host.Kubeflow.GetAsync($"model_versions/{version["id"]}/artifacts"))["items"]!.AsArray())!["name"]!);
        await host.Kubeflow.PostAsync($"model_versions/{version["id"]}/artifacts", new JsonObject { ["artifactType"] = "model-artifact", ["name"] = "files", ["description"] = "again" });
        Assert.Equal("again", (string)Assert.Single((await host.Kubeflow.GetAsync($"model_versions/{version["id"]}/artifacts"))["items"]!.AsArray())!["description"]!);

        // What MLflow and Slipway register shows here, with its artifact.
        await host.Mlflow.CreateVersionAsync("m", "s3://bucket/second");
        await host.AddAsync("housing");
        Assert.Equal(["v1.0", "2"], (await host.Kubeflow.GetAsync($"registered_models/{id}/versions"))["items"]!.AsArray().Select(v => (string)v!["name"]!));
        var housing = await host.Kubeflow.GetAsync("registered_model?name=housing");
        var trained = (await host.Kubeflow.GetAsync($"registered_models/{housing["id"]}/versions"))["items"]![0]!;
        var known = Assert.Single((await host.Kubeflow.GetAsync($"model_versions/{trained["id"]}/artifacts"))["items"]!.AsArray())!;
        Assert.Equal(("mlflow-artifacts:/registry/housing/1", "onnx"), ((string)known["uri"]!, (string)known["modelFormatName"]!));
        Assert.Equal(known["uri"]!.ToJsonString(), (await host.Kubeflow.GetAsync($"model_artifacts/{known["id"]}"))["uri"]!.ToJsonString());
        Assert.Equal(3, (await host.Kubeflow.GetAsync("model_artifacts"))["items"]!.AsArray().Count);

        Assert.Equal(id, (string)(await host.Kubeflow.GetAsync("registered_model?externalId=ext-1"))["id"]!);
        Assert.Equal(version["id"]!.ToJsonString(), (await host.Kubeflow.GetAsync($"model_version?name=v1.0&parentResourceId={id}"))["id"]!.ToJsonString());
        var changed = await host.Kubeflow.PatchAsync($"registered_models/{id}", new JsonObject { ["state"] = "ARCHIVED", ["customProperties"] = new JsonObject { ["other"] = Text("x") } });
        Assert.Equal(("ARCHIVED", "d"), ((string)changed["state"]!, (string)changed["description"]!));
        Assert.Equal(["other"], changed["customProperties"]!.AsObject().Select(p => p.Key));
        var patched = await host.Kubeflow.PatchAsync($"model_versions/{version["id"]}", new JsonObject { ["description"] = "new", ["externalId"] = "ver-1", ["state"] = "ARCHIVED" });
        Assert.Equal(("new", "ARCHIVED"), ((string)patched["description"]!, (string)patched["state"]!));
        Assert.Equal(patched["id"]!.ToJsonString(), (await host.Kubeflow.GetAsync("model_version?externalId=ver-1"))["id"]!.ToJsonString());
        Assert.Equal(3, (await host.Kubeflow.GetAsync("model_versions"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Lists_AreOrderedFilteredAndPaged()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        for (var i = 0; i < 5; i++)
        {
            await host.Kubeflow.PostAsync("registered_models", new JsonObject { ["name"] = $"m{i}", ["customProperties"] = new JsonObject { ["accuracy"] = new JsonObject { ["metadataType"] = "MetadataDoubleValue", ["double_value"] = i / 10.0 }, ["kind"] = Text(i % 2 == 0 ? "even" : "odd") } });
        }

        var page = await host.Kubeflow.GetAsync("registered_models?pageSize=2&orderBy=ID&sortOrder=DESC");
        Assert.Equal((2, 2), ((int)page["size"]!, (int)page["pageSize"]!));
        Assert.Equal(["m4", "m3"], Names(page));
        var next = await host.Kubeflow.GetAsync("registered_models", ("pageSize", "2"), ("orderBy", "ID"), ("sortOrder", "DESC"), ("nextPageToken", (string)page["nextPageToken"]!));
        Assert.Equal(["m2", "m1"], Names(next));
        foreach (var (filter, expected) in new[]
        {
            ("name = 'm1'", "m1"), ("accuracy > 0.25", "m3 m4"), ("accuracy.double_value <= 0.1 AND kind = 'odd'", "m1"), ("name LIKE 'm%' AND (kind = 'odd' OR name = 'm0')", "m0 m1 m3"),
            ("kind.string_value IN ('odd')", "m1 m3"), ("missing = 'x'", ""), ("state = 'LIVE'", "m0 m1 m2 m3 m4"),
        })
        {
            Assert.Equal(expected, string.Join(' ', Names(await host.Kubeflow.GetAsync("registered_models", ("filterQuery", filter)))));
        }
    }

    [Fact]
    public async Task ServingIsRecorded()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync("housing");
        await host.AddAsync("housing");
        var model = await host.Kubeflow.GetAsync("registered_model?name=housing");
        var versions = (await host.Kubeflow.GetAsync($"registered_models/{model["id"]}/versions"))["items"]!.AsArray();
        var environment = await host.Kubeflow.PostAsync("serving_environments", new JsonObject { ["name"] = "prod", ["externalId"] = "e1" });
        var service = await host.Kubeflow.PostAsync($"serving_environments/{environment["id"]}/inference_services", new JsonObject { ["name"] = "live", ["registeredModelId"] = (string)model["id"]!, ["modelVersionId"] = (string)versions[0]!["id"]!, ["runtime"] = "onnx" });
        Assert.Equal("DEPLOYED", (string)service["desiredState"]!);
        Assert.Equal("housing", (string)(await host.Kubeflow.GetAsync($"inference_services/{service["id"]}/model"))["name"]!);
        Assert.Equal("1", (string)(await host.Kubeflow.GetAsync($"inference_services/{service["id"]}/version"))["name"]!);
        var other = await host.Kubeflow.PostAsync("inference_services", new JsonObject { ["registeredModelId"] = (string)model["id"]!, ["servingEnvironmentId"] = (string)environment["id"]! });
        Assert.Equal("2", (string)(await host.Kubeflow.GetAsync($"inference_services/{other["id"]}/version"))["name"]!);
        Assert.Equal("UNDEPLOYED", (string)(await host.Kubeflow.PatchAsync($"inference_services/{service["id"]}", new JsonObject { ["desiredState"] = "UNDEPLOYED" }))["desiredState"]!);
        var serve = await host.Kubeflow.PostAsync($"inference_services/{service["id"]}/serves", new JsonObject { ["modelVersionId"] = (string)versions[0]!["id"]!, ["lastKnownState"] = "RUNNING" });
        Assert.Equal("RUNNING", (string)serve["lastKnownState"]!);
        Assert.Single((await host.Kubeflow.GetAsync($"inference_services/{service["id"]}/serves"))["items"]!.AsArray());
        Assert.Equal(2, (await host.Kubeflow.GetAsync($"serving_environments/{environment["id"]}/inference_services"))["items"]!.AsArray().Count);
        Assert.Equal(2, (await host.Kubeflow.GetAsync("inference_services"))["items"]!.AsArray().Count);
        Assert.Equal(service["id"]!.ToJsonString(), (await host.Kubeflow.GetAsync($"inference_service?name=live&parentResourceId={environment["id"]}"))["id"]!.ToJsonString());
        Assert.Equal("live", (string)(await host.Kubeflow.GetAsync($"inference_services/{service["id"]}"))["name"]!);
        Assert.Equal("prod", (string)(await host.Kubeflow.GetAsync("serving_environment?externalId=e1"))["name"]!);
        Assert.Equal("x", (string)(await host.Kubeflow.PatchAsync($"serving_environments/{environment["id"]}", new JsonObject { ["description"] = "x" }))["description"]!);
        Assert.Equal("x", (string)(await host.Kubeflow.GetAsync($"serving_environments/{environment["id"]}"))["description"]!);
        Assert.Single((await host.Kubeflow.GetAsync("serving_environments"))["items"]!.AsArray());

        var document = await host.Kubeflow.PostAsync("artifacts", new JsonObject { ["artifactType"] = "doc-artifact", ["name"] = "paper", ["uri"] = "https://x/y" });
        await host.Kubeflow.PatchAsync($"artifacts/{document["id"]}", new JsonObject { ["description"] = "read it" });
        Assert.Equal("read it", (string)(await host.Kubeflow.GetAsync($"artifacts/{document["id"]}"))["description"]!);
        Assert.Single((await host.Kubeflow.GetAsync("artifacts?artifactType=doc-artifact"))["items"]!.AsArray());
        var loose = await host.Kubeflow.PostAsync("model_artifacts", new JsonObject { ["name"] = "loose", ["externalId"] = "a1" });
        Assert.Equal(loose["id"]!.ToJsonString(), (await host.Kubeflow.GetAsync("model_artifact?externalId=a1"))["id"]!.ToJsonString());
        Assert.Equal(loose["id"]!.ToJsonString(), (await host.Kubeflow.GetAsync("artifact?externalId=a1"))["id"]!.ToJsonString());
        await host.Kubeflow.PatchAsync($"model_artifacts/{loose["id"]}", new JsonObject { ["uri"] = "s3://b/x" });
        var made = await host.Kubeflow.PostAsync("model_versions", new JsonObject { ["name"] = "three", ["registeredModelId"] = (string)model["id"]! });
        Assert.Equal("three", (string)(await host.Kubeflow.GetAsync($"model_versions/{made["id"]}"))["name"]!);
        Assert.Equal("housing", (string)(await host.Kubeflow.GetAsync($"registered_models/{model["id"]}"))["name"]!);
    }

    [Theory]
    [InlineData("POST", "registered_models", "{}", 400)]
    [InlineData("POST", "registered_models", "{\"name\":\"a/b\"}", 400)]
    [InlineData("POST", "registered_models", "{\"name\":\"taken\"}", 409)]
    [InlineData("POST", "registered_models", "{\"name\":\"x\",\"customProperties\":{\"a\":\"b\"}}", 400)]
    [InlineData("POST", "registered_models", "{\"name\":\"x\",\"customProperties\":{\"a\":{\"metadataType\":\"MetadataIntValue\",\"int_value\":\"x\"}}}", 400)]
    [InlineData("POST", "registered_models", "{\"name\":\"x\",\"state\":\"GONE\"}", 400)]
    [InlineData("POST", "registered_models", "[]", 400)]
    [InlineData("POST", "registered_models/999/versions", "{\"name\":\"x\"}", 404)]
    [InlineData("PATCH", "registered_models/1", "{\"name\":\"other\"}", 400)]
    [InlineData("PATCH", "registered_models/0", "{}", 404)]
    [InlineData("POST", "model_versions", "{\"name\":\"x\"}", 400)]
    [InlineData("POST", "model_versions", "{\"name\":\"x\",\"registeredModelId\":\"one\"}", 400)]
    [InlineData("POST", "inference_services", "{\"registeredModelId\":\"1\",\"servingEnvironmentId\":\"77\"}", 404)]
    [InlineData("POST", "inference_services", "{\"registeredModelId\":\"1\"}", 400)]
    [InlineData("POST", "artifacts", "{\"artifactType\":\"picture\"}", 400)]
    [InlineData("GET", "registered_models/abc", null, 404)]
    [InlineData("GET", "registered_model", null, 400)]
    [InlineData("GET", "registered_model?name=none", null, 404)]
    [InlineData("GET", "model_version?name=x", null, 400)]
    [InlineData("GET", "registered_models?pageSize=0", null, 400)]
    [InlineData("GET", "registered_models?orderBy=COLOUR", null, 400)]
    [InlineData("GET", "registered_models?nextPageToken=x", null, 400)]
    [InlineData("GET", "registered_models?filterQuery=name", null, 400)]
    [InlineData("GET", "artifacts?artifactType=picture", null, 400)]
    public async Task BadInput_IsTheCallersFaultAndSaysSo(string method, string path, string? body, int status)
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.Kubeflow.PostAsync("registered_models", new JsonObject { ["name"] = "taken" });
        var (got, answer) = await SendAsync(host, method, path, body);
        Assert.Equal((status, $"{status}"), (got, (string)answer["code"]!));
        Assert.NotEmpty((string)answer["message"]!);
    }

    private static async Task<(int Status, JsonObject Answer)> SendAsync(RegistryHost host, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(host.Http.BaseAddress!, "/api/model_registry/v1alpha3/" + path))
        {
            Content = body is null ? null : new StringContent(body),
        };
        using var answer = await host.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
    }

    private static JsonObject Text(string value) => new() { ["metadataType"] = "MetadataStringValue", ["string_value"] = value };

    private static IEnumerable<string> Names(JsonObject page) => page["items"]!.AsArray().Select(i => (string)i!["name"]!);
}
