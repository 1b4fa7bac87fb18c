using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Registry.Tests.Catalog;

public class ModelRegistryOnSqlite() : ModelRegistryTests(DatabaseEngine.Sqlite);

public class ModelRegistryOnPostgres() : ModelRegistryTests(DatabaseEngine.PostgreSql);

/// <summary>The registry's promises, on each database.</summary>
public abstract class ModelRegistryTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Version_ComesBackAsItWasRegistered()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var made = await host.AddAsync();
        var read = (await host.Registry.GetVersionAsync("default", "housing", 1, default)).OrThrow();
        Assert.Equal(Text(made), Text(read));
        Assert.Equal(1, read.Version);
        Assert.True(double.IsNaN(read.Metrics["odd"]));
        Assert.Equal("homes ✓", read.Tags["team"]);
        Assert.Equal(made.Created, read.Created);
    }

    [Fact]
    public async Task ConcurrentRegistrations_AreNumberedWithoutGapsPerModel()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var requests = new List<RegisterModelVersion>();
        for (var i = 0; i < 40; i++)
        {
            requests.Add(await host.RequestAsync(i % 2 == 0 ? "even" : "odd"));
        }

        // A refused one in between must not use up a number.
        var refused = requests[0] with { IdempotencyKey = "bad", Lineage = new ModelLineage { ParentVersion = 900 } };
        var answers = await Task.WhenAll(requests.Append(refused).Select(r => host.Registry.RegisterAsync(r, default)));
        Assert.Equal(1, answers.Count(a => !a.Succeeded));
        foreach (var model in new[] { "even", "odd" })
        {
            var numbers = (await host.Registry.ListVersionsAsync("default", model, default)).Select(v => v.Version);
            Assert.Equal(Enumerable.Range(1, 20).Reverse(), numbers);
        }
    }

    [Fact]
    public async Task SameIdempotencyKeyAtOnce_IsOneVersionAndOneEvent()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var request = await host.RequestAsync(key: "run:7/train");
        var versions = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.Registry.RegisterAsync(request, default)));
        Assert.All(versions, v => Assert.Equal(1, v.OrThrow().Version));
        Assert.Single(await host.Registry.ListVersionsAsync("default", "housing", default));
        var created = Assert.Single(await host.Floor.Events.ReadAsync(0, new EventFilter("model.version.created"), 10, default));
        Assert.Equal("models/housing", created.Subject);
        Assert.Equal(1, JsonSerializer.Deserialize(created.Payload.Span, RegistryJson.Default.ModelVersion)!.Version);
    }

    [Fact]
    public async Task BadRegistration_NamesEveryFaultAndLeavesNothing()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var request = (await host.RequestAsync()) with { Model = "../x", Format = "", ArtifactDigest = "xyz", Author = "a\0b" };
        var problem = (await host.Registry.RegisterAsync(request, default)).Problem!;
        Assert.Equal(["artifactDigest", "author", "format", "model"], problem.Faults.Select(f => f.Path).Order(StringComparer.Ordinal));

        var unknown = (await host.RequestAsync()) with { ArtifactDigest = new string('0', 64) };
        Assert.Equal(ProblemCode.Invalid, (await host.Registry.RegisterAsync(unknown, default)).Problem!.Code);

        var orphan = await host.RequestAsync(parent: 4);
        Assert.Equal("lineage.parentVersion", (await host.Registry.RegisterAsync(orphan, default)).Problem!.Faults[0].Path);
        Assert.Equal(0, await host.Floor.Events.HeadAsync(default));
        Assert.Equal(ProblemCode.NotFound, (await host.Registry.ResolveAsync("default", "models:/housing/latest", default)).Problem!.Code);
    }

    [Fact]
    public async Task AliasMoves_AreKeptInOrderWithWhoAndWhy()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        await host.AddAsync();
        var registry = host.Registry;
        await registry.SetAliasAsync("default", "housing", "champion", 1, "ada", "the first", default);
        await registry.SetAliasAsync("default", "housing", "champion", 2, "bob", "better", default);
        await registry.SetAliasAsync("default", "housing", "champion", null, "bob", "retired", default);
        var history = await registry.AliasHistoryAsync("default", "housing", default);
        Assert.Equal([(1, null), (2, 1), (null, 2)], history.Select(a => (a.Version, a.PreviousVersion)));
        Assert.Equal(["ada", "bob", "bob"], history.Select(a => a.Actor));
        Assert.Equal([1L, 2L, 3L], history.Select(a => a.Sequence));
        Assert.Null(await registry.GetAliasAsync("default", "housing", "champion", default));
        var events = await host.Floor.Events.ReadAsync(0, new EventFilter("model.alias.moved"), 10, default);
        Assert.Equal(history, events.Select(e => JsonSerializer.Deserialize(e.Payload.Span, RegistryJson.Default.AliasAssignment)!));
        Assert.Equal(["ada", "bob", "bob"], events.Select(e => e.Actor));
    }

    [Fact]
    public async Task SettingWhatHolds_ChangesNothingAndMakesNoEvent()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        var first = (await host.Registry.SetAliasAsync("default", "housing", "champion", 1, "ada", "a", default)).OrThrow();
        var head = await host.Floor.Events.HeadAsync(default);
        Assert.Equal(first, (await host.Registry.SetAliasAsync("default", "housing", "champion", 1, "bob", "b", default)).OrThrow());
        Assert.Null((await host.Registry.SetAliasAsync("default", "housing", "other", null, "bob", "b", default)).OrThrow().Version);
        Assert.Equal(head, await host.Floor.Events.HeadAsync(default));
        Assert.Equal(first, await host.Registry.GetAliasAsync("default", "housing", "champion", default));
    }

    [Fact]
    public async Task ConcurrentAliasMoves_FormOneChain()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        for (var i = 0; i < 5; i++)
        {
            await host.AddAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => host.Registry.SetAliasAsync("default", "housing", "champion", (i % 5) + 1, "x", "", default)));
        var history = await host.Registry.AliasHistoryAsync("default", "housing", default);
        Assert.Equal(Enumerable.Range(1, history.Count).Select(i => (long)i), history.Select(a => a.Sequence));
        Assert.Equal(history.SkipLast(1).Select(a => a.Version), history.Skip(1).Select(a => a.PreviousVersion));
        Assert.Equal(history[^1], await host.Registry.GetAliasAsync("default", "housing", "champion", default));
    }

    [Fact]
    public async Task Uris_ResolveByAliasNumberAndLatest()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        await host.AddAsync();
        await host.AddAsync();
        await host.Registry.SetAliasAsync("default", "housing", "champion", 1, "ada", "", default);
        async Task<int?> Resolve(string uri) => (await host.Registry.ResolveAsync("default", uri, default)) is { Succeeded: true } r ? r.Value.Version : null;
        Assert.Equal(1, await Resolve("models:/housing@champion"));
        Assert.Equal(2, await Resolve("models:/housing/2"));
        Assert.Equal(2, await Resolve("models:/housing/latest"));
        Assert.Null(await Resolve("models:/housing/3"));
        var missing = (await host.Registry.ResolveAsync("default", "models:/housing@challenger", default)).Problem!;
        Assert.Contains("champion", missing.Message, StringComparison.Ordinal);
        Assert.Equal(ProblemCode.NotFound, (await host.Registry.ResolveAsync("other", "models:/housing/1", default)).Problem!.Code);
    }

    [Fact]
    public async Task AliasToNowhere_IsRefused()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        async Task<ProblemCode?> Set(string model, string alias, int? version) =>
            (await host.Registry.SetAliasAsync("default", model, alias, version, "ada", "", default)).Problem?.Code;
        Assert.Equal(ProblemCode.NotFound, await Set("housing", "champion", 1));
        await host.AddAsync();
        Assert.Equal(ProblemCode.NotFound, await Set("housing", "champion", 2));
        Assert.Equal(ProblemCode.Invalid, await Set("housing", "latest", 1));
        Assert.Equal(ProblemCode.Invalid, await Set("housing", "champion", 0));
        Assert.Null(await Set("housing", "champion", 1));
    }

    private static string Text(ModelVersion version) => JsonSerializer.Serialize(version, RegistryJson.Default.ModelVersion);
}
