using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Resources;

namespace Slipway.Registry.Tests.Discovery;

public class CatalogOnSqlite() : CatalogTests(DatabaseEngine.Sqlite);

public class CatalogOnPostgres() : CatalogTests(DatabaseEngine.PostgreSql);

/// <summary>The catalog: search, lineage both ways, cards, signatures, edits and deletes over our own API.</summary>
public abstract class CatalogTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Search_FindsByEverythingThatIsKnown()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await AddAsync(host, "housing", 0.8, "slipway", "ada", "data-1");
        await AddAsync(host, "housing", 0.9, "slipway", "ada", "data-2");
        await AddAsync(host, "churn_rate", 0.7, "sklearn", "bob", "data-1");
        await host.Mlflow.PostAsync("registered-models/create", new JsonObject { ["name"] = "greeting", ["tags"] = new JsonArray(new JsonObject { ["key"] = "mlflow.prompt.is_prompt", ["value"] = "true" }) });
        await host.Mlflow.CreateVersionAsync("greeting", "text", null, ("mlflow.prompt.is_prompt", "true"));
        await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 2 });
        await host.CallAsync("PUT", "models/churn_rate/versions/1/stage", new { stage = "Staging" });
        await host.CallAsync("PATCH", "models/churn_rate/versions/1", new { description = "Who leaves? 100%", tags = new Dictionary<string, string?> { ["tier"] = "gold" } });
        foreach (var (query, expected) in new[]
        {
            ("", "churn_rate1 housing1 housing2"), ("text=HOUS", "housing1 housing2"), ("text=leaves", "churn_rate1"), ("text=100%25", "churn_rate1"), ("text=n_r", "churn_rate1"),
            ("text=h_u", ""), ("metric=r2>=0.8", "housing1 housing2"), ("metric=r2>0.8&metric=r2<1", "housing2"), ("metric=test.r2<=0.75", "churn_rate1"), ("framework=Sklearn", "churn_rate1"),
            ("owner=ada", "housing1 housing2"), ("dataset=data-1", "churn_rate1 housing1"), ("tag=tier=gold", "churn_rate1"), ("tag=tier", "churn_rate1"), ("tag=tier=lead", ""),
            ("input=sales", "churn_rate1 housing1 housing2"), ("inputType=fp32&output=variable", "churn_rate1 housing1 housing2"), ("outputType=INT64", ""), ("alias=champion", "housing2"),
            ("stage=staging", "churn_rate1"), ("view=daily", "churn_rate1 housing1 housing2"), ("flavor=onnx", "churn_rate1 housing1 housing2"),
        })
        {
            var found = (await host.CallAsync("GET", "model-catalog?" + query)).Answer!["items"]!.AsArray();
            Assert.True(expected == string.Join(' ', found.Select(i => $"{i!["model"]}{i["version"]}").Order(StringComparer.Ordinal)), $"{query}: {found.ToJsonString()}");
        }

        var page = (await host.CallAsync("GET", "model-catalog?limit=2")).Answer!;
        Assert.Equal((2, 2), (page["items"]!.AsArray().Count, (int)page["next"]!));
        Assert.Equal("champion", (string)(await host.CallAsync("GET", "model-catalog?alias=champion")).Answer!["items"]![0]!["aliases"]![0]!);
        foreach (var bad in new[] { "metric=r2", "metric=r2>x", "limit=0", "stage=live", "colour=red", "offset=-1" })
        {
            Assert.Equal(400, (await host.CallAsync("GET", "model-catalog?" + bad)).Status);
        }
    }

    [Fact]
    public async Task GraphCardAndComparison_TellWhatIsKnown()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await AddAsync(host, "housing", 0.8, "slipway", "ada", "data-1");
        var request = (await host.RequestAsync(parent: 1)) with { Facts = new ModelFacts { BaseModel = "models:/old/2", FeatureViews = ["daily"], License = "MIT" } };
        (await host.Registry.RegisterAsync(request, default)).OrThrow();
        await host.AddAsync(parent: 2);
        await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 2 });
        var graph = (await host.CallAsync("GET", "models/housing/versions/2/graph")).Answer!;
        Assert.Equal("version:housing/2", (string)graph["root"]!);
        Assert.Equal(
            [
                "baseModel:models:/old/2 -> version:housing/2", "commit:abc -> version:housing/2", "dataset:sha-of-data -> version:housing/2", "featureView:daily -> version:housing/2",
                "run:run1 -> version:housing/2", "version:housing/1 -> version:housing/2", "version:housing/2 -> alias:housing@champion", "version:housing/2 -> version:housing/3",
            ],
            graph["edges"]!.AsArray().Select(e => $"{e!["from"]} -> {e["to"]}").Order(StringComparer.Ordinal));

        var card = (string)(await host.CallAsync("GET", "models/housing/versions/2/card")).Answer!;
        Assert.Contains("# housing, version 2", card, StringComparison.Ordinal);
        Assert.Contains("- Licence: MIT", card, StringComparison.Ordinal);
        Assert.Contains("| r2 | 0.8 |", card, StringComparison.Ordinal);
        Assert.Contains("- Aliases: champion", card, StringComparison.Ordinal);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/housing/versions/2/card", new { card = "# Mine" })).Status);
        Assert.Equal("# Mine", (string)(await host.CallAsync("GET", "models/housing/versions/2/card")).Answer!);
        Assert.StartsWith("# housing", (string)(await host.CallAsync("GET", "models/housing/versions/2/card?generated=true")).Answer!, StringComparison.Ordinal);
        Assert.Equal(200, (await host.CallAsync("DELETE", "models/housing/versions/2/card")).Status);
        Assert.StartsWith("# housing", (string)(await host.CallAsync("GET", "models/housing/versions/2/card")).Answer!, StringComparison.Ordinal);
        Assert.Equal(400, (await host.CallAsync("PUT", "models/housing/versions/2/card", new { card = 3 })).Status);

        var differences = (await host.CallAsync("GET", "models/housing/compare?left=1&right=2")).Answer!["lineage"]!.AsArray();
        Assert.Contains(differences, d => (string)d!["name"]! == "license" && (string?)d["right"] == "MIT");
    }

    [Fact]
    public async Task Signature_HoldsForTheFactsAndBreaksWithThem()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        var verified = (await host.CallAsync("GET", "models/housing/versions/1/verify")).Answer!;
        Assert.True((bool)verified["verified"]!);
        var key = (await host.Http.GetStringAsync(new Uri("/api/slipway/v1/model-signing-key", UriKind.Relative)))!;
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String((string)JsonNode.Parse(key)!["publicKey"]!), out _);

        // Renaming, describing and tagging are no changes of what it is.
        await host.CallAsync("PATCH", "models/housing/versions/1", new { description = "other", tags = new { a = "b" } });
        await host.Mlflow.PostAsync("registered-models/rename", new JsonObject { ["name"] = "housing", ["new_name"] = "homes" });
        Assert.Equal(200, (await host.CallAsync("GET", "models/homes/versions/1/verify")).Status);

        // Somebody with access to the tables alone slips in other bytes.
        var other = (await host.RequestAsync()).ArtifactDigest;
        (await host.Floor.Database.WriteAsync<int>(
            async (session, _) => await session.ExecuteAsync("UPDATE registry_versions SET artifact_digest = @other", new { other }), default)).OrThrow();
        Assert.Equal(ProblemCode.Conflict, (await host.Registry.ResolveAsync("default", "models:/homes/1", default)).Problem!.Code);
        Assert.Equal(409, (await host.CallAsync("GET", "models/homes/versions/1/verify")).Status);
    }

    private sealed class Calls : ICallCounts
    {
        public Task<IReadOnlyList<CallsOfDay>> ByDayAsync(string ns, IReadOnlyList<string> services, DateTimeOffset since, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<CallsOfDay>>([.. services.Order(StringComparer.Ordinal).Select(s => new CallsOfDay(s, 2, new DateOnly(2026, 11, 20), 41))]);
    }

    [Fact]
    public async Task EditsAndDeletes_AreCompleteAndRefusedWhileServed()
    {
        var kind = new ResourceKind
        {
            Group = "serving.kserve.io", Version = "v1beta1", Kind = "InferenceService", Plural = "inferenceservices", Description = "Serves", Schema = new JsonObject { ["type"] = "object" },
        };
        await using var host = await RegistryHost.StartAsync(engine, services: s => s.AddSingleton(new KindCatalog([kind])).AddSingleton<IResourceStore>(new ServedModels(kind)).AddSingleton<ICallCounts>(new Calls()));
        for (var i = 0; i < 3; i++)
        {
            await host.AddAsync();
        }

        await host.CallAsync("PUT", "models/housing/aliases/champion", new { version = 2 });
        var used = (await host.CallAsync("GET", "models/housing/usage")).Answer!;
        var usage = used["services"]!.AsArray();
        Assert.Equal("""[{"day":"2026-11-20","service":"live","version":2,"calls":41},{"day":"2026-11-20","service":"pinned","version":2,"calls":41}]""", used["callsPerDay"]!.ToJsonString());
        Assert.Equal([("live", 2), ("pinned", 1)], usage.Select(u => ((string)u!["name"]!, (int)u["version"]!)).Order());
        Assert.Equal("live", (string)(await host.CallAsync("GET", "model-catalog?alias=champion")).Answer!["items"]![0]!["servedBy"]![0]!);
        var (status, refused) = await host.CallAsync("DELETE", "models/housing/versions/2");
        Assert.Equal(409, status);
        Assert.Contains("it is served by live (models:/housing@champion)", (string)refused!["detail"]!, StringComparison.Ordinal);
        Assert.Equal((409, "RESOURCE_CONFLICT"), Short(await host.Mlflow.ErrorAsync("DELETE", "model-versions/delete", new JsonObject { ["name"] = "housing", ["version"] = "1" })));
        Assert.Equal(409, (await host.Mlflow.ErrorAsync("DELETE", "registered-models/delete", new JsonObject { ["name"] = "housing" })).Status);
        Assert.Equal(409, (await host.Mlflow.ErrorAsync("POST", "registered-models/rename", new JsonObject { ["name"] = "housing", ["new_name"] = "homes" })).Status);
        Assert.Equal(409, (await host.CallAsync("DELETE", "models/housing")).Status);
        Assert.Equal(204, (await host.CallAsync("DELETE", "models/housing/versions/3")).Status);
        Assert.Equal(404, (await host.CallAsync("DELETE", "models/housing/versions/3")).Status);

        var model = (await host.CallAsync("PATCH", "models/housing", new { description = "Prices", tags = new { team = "homes" } })).Answer!;
        Assert.Equal(("Prices", "homes"), ((string)model["description"]!, (string)model["tags"]!["team"]!));
        var version = (await host.CallAsync("PATCH", "models/housing/versions/1", new { tags = new Dictionary<string, string?> { ["team"] = null, ["b"] = "c" } })).Answer!;
        Assert.Equal("{\"b\":\"c\"}", version["tags"]!.ToJsonString());
        Assert.Equal(400, (await host.CallAsync("PATCH", "models/housing/versions/1", new { artifactDigest = "x" })).Status);
        Assert.Equal(400, (await host.CallAsync("PATCH", "models/housing", new { tags = new Dictionary<string, string> { ["../x"] = "y" } })).Status);
        Assert.Equal(404, (await host.CallAsync("PATCH", "models/none", new { description = "x" })).Status);
        Assert.Equal(404, (await host.CallAsync("GET", "models/none/usage")).Status);
        Assert.Equal(404, (await host.CallAsync("DELETE", "models/none")).Status);
    }

    private static (int, string) Short((int Status, string Code, string Message) error) => (error.Status, error.Code);

    private static async Task AddAsync(RegistryHost host, string model, double r2, string framework, string author, string dataset)
    {
        var request = (await host.RequestAsync(model)) with
        {
            Metrics = new Dictionary<string, double> { ["r2"] = r2 }, Author = author, Lineage = new ModelLineage { Datasets = [dataset] },
            Facts = new ModelFacts
            {
                Framework = framework, Flavors = ["onnx"], FeatureViews = ["daily"],
                MetricsBySplit = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["test"] = new Dictionary<string, double> { ["r2"] = r2 } },
            },
        };
        (await host.Registry.RegisterAsync(request, default)).OrThrow();
    }

    /// <summary>Two services, as they are wanted.</summary>
    private sealed class ServedModels(ResourceKind kind) : IResourceStore
    {
        public Task<Result<ResourceList>> ListAsync(ResourceKind of, ListQuery query, CancellationToken cancellation) =>
            Task.FromResult<Result<ResourceList>>(new ResourceList([Service("live", "models:/housing@champion"), Service("pinned", "models:/housing/1")], "1", null, null));

        public Task<Result<Resource>> GetAsync(ResourceKind of, string ns, string name, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Resource>> CreateAsync(ResourceKind of, Resource resource, WriteOptions options, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Resource>> UpdateAsync(ResourceKind of, Resource resource, WriteOptions options, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Resource>> UpdateStatusAsync(ResourceKind of, Resource resource, WriteOptions options, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Resource>> PatchAsync(
            ResourceKind of, string ns, string name, PatchType type, JsonNode patch, string? subresource, WriteOptions options, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Resource>> DeleteAsync(ResourceKind of, string ns, string name, DeleteOptions options, CancellationToken cancellation) => throw new NotSupportedException();

        private Resource Service(string name, string uri)
        {
            var service = Resource.Create(kind, "default", name);
            service.Spec["predictor"] = new JsonObject { ["model"] = new JsonObject { ["storageUri"] = uri } };
            return service;
        }
    }
}
