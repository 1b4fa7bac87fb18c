using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Conformance;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Tests.Http.Kubernetes;

public sealed class WatchTests : IAsyncLifetime
{
    private const string Widgets = "/apis/test.slipway.dev/v1/namespaces/default/widgets";
    private static readonly WriteOptions Alice = new("alice");

    private TestResourceServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestResourceServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task WithoutAVersion_TheListComesFirst_ThenChanges()
    {
        await MakeAsync("a", 1);
        using var watch = await OpenAsync("watch=1");
        Assert.Equal("ADDED a 1", await watch.NextAsync());

        await SetAsync("a", 2);
        await MakeAsync("b", 3);
        await DeleteAsync("a");

        Assert.Equal(["MODIFIED a 2", "ADDED b 3", "DELETED a 2"], [await watch.NextAsync(), await watch.NextAsync(), await watch.NextAsync()]);
    }

    [Fact]
    public async Task FromAVersion_ItGoesOnWhereItWas()
    {
        await MakeAsync("a", 1);
        var version = (await MakeAsync("b", 1)).ResourceVersion;
        await SetAsync("a", 2);
        await DeleteAsync("b");

        using var watch = await OpenAsync($"watch=true&resourceVersion={version}");

        Assert.Equal(["MODIFIED a 2", "DELETED b 1"], [await watch.NextAsync(), await watch.NextAsync()]);
    }

    [Fact]
    public async Task WithASelector_EnteringIsAddedAndLeavingIsDeleted_AlsoAfterResuming()
    {
        await MakeAsync("a", 1);
        var version = (await MakeAsync("b", 2)).ResourceVersion;
        await SetAsync("b", 3);

        using var watch = await OpenAsync($"watch=1&resourceVersion={version}&fieldSelector=spec.size%3D2");
        Assert.Equal("DELETED b 3", await watch.NextAsync());
        await SetAsync("a", 2);
        await SetAsync("a", 4);
        Assert.Equal(["ADDED a 2", "DELETED a 4"], [await watch.NextAsync(), await watch.NextAsync()]);
    }

    [Fact]
    public async Task SendInitialEvents_EndWithABookmarkThatSaysSo()
    {
        await MakeAsync("a", 1);
        using var watch = await OpenAsync("watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");

        Assert.Equal("ADDED a 1", await watch.NextAsync());
        var bookmark = await watch.NextJsonAsync();
        Assert.Equal("BOOKMARK", (string?)bookmark!["type"]);
        Assert.Equal("true", (string?)bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
    }

    [Fact]
    public async Task FromAForgottenVersion_IsOneErrorEventWithCode410()
    {
        var version = (await MakeAsync("a", 1)).ResourceVersion;
        await SetAsync("a", 2);
        await SetAsync("a", 3);
        var compactor = new HistoryCompactor(_server.Floor.Database, TimeProvider.System, NullLogger<HistoryCompactor>.Instance);
        (await compactor.CompactAsync(DateTimeOffset.MaxValue, CancellationToken.None)).OrThrow();

        using var watch = await OpenAsync($"watch=1&resourceVersion={version}");

        var error = await watch.NextJsonAsync();
        Assert.Equal(("ERROR", 410, "Expired"), ((string?)error!["type"], (int?)error["object"]!["code"], (string?)error["object"]!["reason"]));
        Assert.Null(await watch.NextJsonAsync());
    }

    [Fact]
    public async Task TimeoutSeconds_EndsTheStreamCleanly()
    {
        using var watch = await OpenAsync("watch=1&timeoutSeconds=1");

        Assert.Null(await watch.NextJsonAsync());
    }

    [Fact]
    public async Task TwoHundredWatchers_EachGetEveryEventInOrder()
    {
        const int Watchers = 200, Changes = 50;
        var version = (await MakeAsync("a", 1)).ResourceVersion;
        var watches = await Task.WhenAll(Enumerable.Range(0, Watchers).Select(_ => OpenAsync($"watch=1&resourceVersion={version}")));
        for (var i = 0; i < Changes; i++)
        {
            await SetAsync("a", 2 + i);
        }

        var expected = Enumerable.Range(0, Changes).Select(i => $"MODIFIED a {2 + i}").ToList();
        await Task.WhenAll(watches.Select(async watch =>
        {
            var seen = new List<string>();
            while (seen.Count < Changes)
            {
                seen.Add(await watch.NextAsync());
            }

            Assert.Equal(expected, seen);
            watch.Dispose();
        }));
    }

    [Fact]
    public async Task TenThousandObjects_AreListedInPages_EachOnce()
    {
        const int Count = 10_000;
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => await MakeAsync($"w{i}", 1));

        var names = new HashSet<string>();
        var token = "";
        do
        {
            var page = JsonNode.Parse(await _server.Client.GetStringAsync($"{Widgets}?limit=500&continue={token}"))!;
            Assert.All(page["items"]!.AsArray(), i => Assert.True(names.Add((string)i!["metadata"]!["name"]!)));
            token = (string?)page["metadata"]!["continue"] ?? "";
        }
        while (token.Length > 0);

        Assert.Equal(Count, names.Count);
    }

    private async Task<Resource> MakeAsync(string name, int size) => (await _server.Store.CreateAsync(
        TestResources.Widget, TestResources.NewWidget(name, new JsonObject { ["size"] = size }), Alice, CancellationToken.None)).OrThrow();

    private async Task SetAsync(string name, int size) => (await _server.Store.PatchAsync(
        TestResources.Widget, "default", name, PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["size"] = size } }, null, Alice, CancellationToken.None)).OrThrow();

    private async Task DeleteAsync(string name) =>
        (await _server.Store.DeleteAsync(TestResources.Widget, "default", name, new DeleteOptions("alice"), CancellationToken.None)).OrThrow();

    private async Task<Watch> OpenAsync(string query)
    {
        var answer = await _server.Client.GetAsync($"{Widgets}?{query}", HttpCompletionOption.ResponseHeadersRead);
        return new Watch(answer, new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync()));
    }

    private sealed record Watch(HttpResponseMessage Answer, StreamReader Reader) : IDisposable
    {
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

        public async Task<JsonNode?> NextJsonAsync() =>
            await Reader.ReadLineAsync().WaitAsync(Longest) is { } line ? JsonNode.Parse(line) : null;

        public async Task<string> NextAsync()
        {
            var e = (await NextJsonAsync())!;
            return $"{e["type"]} {e["object"]!["metadata"]!["name"]} {e["object"]!["spec"]?["size"]}";
        }

        public void Dispose() => Answer.Dispose();
    }
}
