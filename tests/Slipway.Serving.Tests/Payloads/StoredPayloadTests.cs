using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Conformance;
using Slipway.Platform.Resources;

namespace Slipway.Serving.Tests.Payloads;

/// <summary>Payload files in an object store.</summary>
public sealed class StoredPayloadTests
{
    private const string Path = "/api/slipway/v1/namespaces/default/inferenceservices/housing/payloads";
    private const string InStore = """ "url":"s3://lake/teams/a" """;

    [Fact]
    public async Task FilesOfSeveralServers_LieSideBySide_AndEachServerReadsThemAll()
    {
        await using var store = await TestObjectStore.StartAsync();
        using var one = new TempFolder();
        using var two = new TempFolder();
        foreach (var (folder, ids) in new[] { (one, new[] { "a", "b" }), (two, ["c"]), (one, ["d"]) })
        {
            await using var host = await HostAsync(folder, store, InStore);
            foreach (var id in ids)
            {
                await host.AnswerAsync("housing", id, 1);
            }
        }

        Assert.Equal(3, store.Objects.Count);
        Assert.All(store.Objects.Keys, key => Assert.Matches("^lake/teams/a/namespace=default/service=housing/day=[0-9-]{10}/[0-9T]+-[0-9a-z]+\\.parquet$", key));
        Assert.Empty(Files(one).Concat(Files(two)));

        await using var again = await HostAsync(two, store, InStore);
        await again.AnswerAsync("housing", "e", 1);
        Assert.Equal(["a", "b", "c", "d", "e"], await IdsAsync(again));

        // What was fetched once is read from here.
        var kept = store.Objects.ToArray();
        store.Objects.Where(o => o.Value.Length > 0).ToList().ForEach(o => store.Objects[o.Key] = new byte[o.Value.Length]);
        Assert.Equal(["a", "b", "c", "d", "e"], await IdsAsync(again));

        var listed = await again.JsonAsync(Path + "/files");
        Assert.Equal("s3://lake/teams/a/namespace=default/service=housing/*/*.parquet", (string)listed["storedPattern"]!);
        var file = listed["files"]!.AsArray()[0]!;
        Assert.StartsWith("s3://lake/teams/a/namespace=default/service=housing/day=", (string)file["path"]!, StringComparison.Ordinal);
        Assert.Equal(kept.MinBy(o => o.Key, StringComparer.Ordinal).Value, await again.Http.GetByteArrayAsync((string)file["url"]!));
        var later = TimeProvider.System.GetUtcNow().AddDays(2).ToString("yyyy-MM-ddTHH:mm:ssZ", null);
        Assert.Empty((await again.JsonAsync(Path + "/files?from=" + later))["files"]!.AsArray());
    }

    [Fact]
    public async Task WhileTheStoreRefuses_FilesWaitAndTheStatusSaysSo_AndThenEachArrivesOnce()
    {
        await using var store = await TestObjectStore.StartAsync();
        var refuses = true;
        store.OnWrite = http =>
        {
            http.Response.StatusCode = Volatile.Read(ref refuses) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return Task.FromResult(!Volatile.Read(ref refuses));
        };
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, store, InStore, ("Serving:PayloadFileSeconds", "1"));
        using var counters = new Counters(host);
        await host.AnswerAsync("housing", "a", 1);

        var failing = await host.UntilAsync("housing", r => Logger(r) is { } c && (string)c["status"]! == "False");
        Assert.Equal("StorageFailing", (string)Logger(failing)!["reason"]!);
        Assert.Contains("1 payload files wait here", (string)Logger(failing)!["message"]!, StringComparison.Ordinal);
        Assert.Equal(["a"], await IdsAsync(host));

        Volatile.Write(ref refuses, false);
        await Eventually.HoldsAsync(() => counters["slipway_serving_payload_uploaded"] == 1);
        await host.UntilAsync("housing", r => (string)Logger(r)!["status"]! == "True");
        Assert.Single(store.Objects);
        Assert.Empty(Files(folder));
        Assert.True(counters["slipway_serving_payload_upload_retries"] > 0);
        Assert.Equal(0, counters["slipway_serving_payload_upload_waiting"]);
        Assert.Equal(["a"], await IdsAsync(host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AServerThatEndsInTheMiddleOfAnUpload_LeavesTheFileToTheNext_AndNoRowIsTwice(bool arrived)
    {
        await using var store = await TestObjectStore.StartAsync();
        async Task HangAsync(HttpContext http)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        store.OnWrite = async http =>
        {
            await (arrived ? Task.CompletedTask : HangAsync(http));
            return arrived;
        };
        store.OnWritten = http => arrived ? HangAsync(http) : Task.CompletedTask;
        using var folder = new TempFolder();
        await using (var first = await HostAsync(folder, store, InStore, ("Serving:PayloadFileSeconds", "1"), ("Serving:SinkFlushMs", "0")))
        {
            await first.AnswerAsync("housing", "a", 1);
            await Eventually.HoldsAsync(() => store.Writes > 0);
        }

        Assert.Equal(arrived ? 1 : 0, store.Objects.Count);
        Assert.Equal(2, Files(folder).Length);
        (store.OnWrite, store.OnWritten) = (_ => Task.FromResult(true), _ => Task.CompletedTask);
        await using var second = await HostAsync(folder, store, InStore);
        Assert.Equal(["a"], await IdsAsync(second));
        await Eventually.HoldsAsync(() => Files(folder).Length == 0);
        Assert.Single(store.Objects);
        Assert.Equal(["a"], await IdsAsync(second));
    }

    [Fact]
    public async Task WhatTheDiskMayNotHold_IsShedAndCounted_AndEveryRequestIsAnswered()
    {
        await using var store = await TestObjectStore.StartAsync();
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, store, InStore, ("Serving:PayloadUploadBytes", "0"));
        using var counters = new Counters(host);

        for (var i = 0; i < 5; i++)
        {
            await host.AnswerAsync("housing", $"r{i}", i);
        }

        Assert.Empty(await IdsAsync(host));
        Assert.Equal(5, counters["slipway_serving_payload_shed:storage"]);
    }

    [Fact]
    public async Task AQueryOfTooMuch_OrAStoreThatIsGone_IsAnsweredInWords()
    {
        using var folder = new TempFolder();
        await using var store = await TestObjectStore.StartAsync();
        store.Objects["lake/teams/a/namespace=default/service=housing/day=2026-01-01/x.parquet"] = new byte[2 << 20];
        store.Objects["lake/teams/a/namespace=default/service=housing/day=2026-01-01/no%file.parquet"] = [];
        store.Objects["lake/teams/a/namespace=default/service=housing/day=2026-01-01/deeper/x.parquet"] = [];
        await using var host = await HostAsync(folder, store, InStore, ("Serving:PayloadQueryBytes", $"{1 << 20}"));

        using var tooMuch = await host.Http.GetAsync(Path);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooMuch.StatusCode);
        Assert.Contains("narrow from and until", await tooMuch.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await IdsAsync(host, "?from=2026-01-02"));

        await store.DisposeAsync();
        using var gone = await host.Http.GetAsync(Path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, gone.StatusCode);
        Assert.Contains("s3://lake/teams/a", await gone.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_GoWhereTheyWereBegunFor_AndEventsGoToTheirOwnSink()
    {
        await using var store = await TestObjectStore.StartAsync();
        await using var sink = await TestSink.StartAsync();
        using var folder = new TempFolder();
        await using (var host = await HostAsync(folder, store, $$""" "url":"{{sink.Url}}","storage":{"path":"s3://first"} """))
        {
            await host.AnswerAsync("housing", "a", 1);
            Assert.Equal(["a"], await IdsAsync(host));
            await ApplyAsync(host, """ "storage":{"path":"s3://second/x/"} """);
            await host.AnswerAsync("housing", "b", 1);
            Assert.Contains("b", await IdsAsync(host));
            await ApplyAsync(host, "");
            await host.AnswerAsync("housing", "c", 1);
        }

        Assert.Equal(2, sink.All.Count);
        Assert.Equal(["first/namespace", "second/x/namespace"], store.Objects.Keys.Select(k => k.Split('=')[0]).Order(StringComparer.Ordinal));
        Assert.EndsWith(".parquet", Assert.Single(Files(folder)), StringComparison.Ordinal);
    }

    private static JsonNode? Logger(Resource resource) => resource.Status["conditions"]?.AsArray().FirstOrDefault(c => (string?)c!["type"] == "LoggerReady");

    private static async Task<ServingHost> HostAsync(TempFolder folder, TestObjectStore store, string logger, params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(folder, [.. store.Settings, .. settings]);
        await host.RegisterAsync("housing", Models.Once);
        await ApplyAsync(host, logger);
        return host;
    }

    private static Task<Resource> ApplyAsync(ServingHost host, string logger) => host.ApplyManifestAsync(
        "housing", $$$"""{"predictor":{"logger":{ {{{logger}}} },"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"} } }""");

    private static async Task<string[]> IdsAsync(ServingHost host, string query = "")
    {
        using var response = await host.Http.GetAsync(Path + query);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. JsonNode.Parse(text)!.AsArray().Select(r => (string)r!["id"]!).Order(StringComparer.Ordinal)];
    }

    /// <summary>Payload files and what says where they go, but for those that were fetched.</summary>
    private static string[] Files(TempFolder folder) => Directory.Exists(System.IO.Path.Combine(folder.FullPath, "payloads"))
        ? [.. Directory.GetFiles(System.IO.Path.Combine(folder.FullPath, "payloads"), "*", SearchOption.AllDirectories).Where(f => !f.Contains("fetched", StringComparison.Ordinal))]
        : [];
}
