using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Platform.Hosting;
using Slipway.Serving.Payloads;

namespace Slipway.Serving.Tests.Payloads;

public sealed class PayloadFilesTests
{
    private const string Path = "/api/slipway/v1/namespaces/default/inferenceservices/housing/payloads";

    [Fact]
    public async Task WhatWasAnswered_CanBeAskedFor_BeforeAndAfterItIsPacked()
    {
        using var folder = new TempFolder();
        await using (var first = await HostAsync(folder))
        {
            await first.AnswerAsync("housing", "a", 1, "2026-01-02T03:04:05Z");
            using var batch = await first.Http.PostAsync(
                "/v1/models/housing:predict", new StringContent("""{"instances":[{"city":["B"],"sales":[2]},{"city":["C"],"sales":[3]}]}""", Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.OK, batch.StatusCode);

            Check(await RowsAsync(first), packed: false);
            Assert.Empty(Files(folder, "*.parquet"));
        }

        // Stopping packs what there is.
        Assert.Single(Files(folder, "*.parquet"));
        Assert.Empty(Files(folder, "*.ndjson").Concat(Files(folder, "*.active")));
        await using var second = await ServingHost.StartAsync(folder);
        Check(await RowsAsync(second), packed: true);

        static void Check(JsonObject[] rows, bool packed)
        {
            Assert.Equal(["a", "/0", "/1"], rows.Select(r => ((string)r["id"]!)[^Math.Min(2, ((string)r["id"]!).Length)..]));
            var row = rows[0];
            Assert.Equal("""{"city":"Austin","sales":1}""", row["inputs"]!.ToJsonString());
            Assert.Equal("""{"prediction":1}""", row["outputs"]!.ToJsonString().Replace("1.0", "1", StringComparison.Ordinal));
            Assert.Equal(
                ("housing", 1, "housing-00001", true, "v2", "user:local", 200, 1.0, "2026-01-02T03:04:05.000000Z"),
                ((string)row["model"]!, (int)row["model_version"]!, (string)row["revision"]!, (bool)row["served"]!, (string)row["protocol"]!, (string)row["caller"]!,
                    (int)row["status"]!, (double)row["prediction_number"]!, (string)row["event_time"]!));
            Assert.Equal("v1", (string)rows[1]["protocol"]!);
            Assert.Equal("""{"city":"C","sales":3}""", rows[2]["inputs"]!.ToJsonString());
            Assert.True((long)row["latency_micros"]! > 0, packed ? "packed" : "not packed");
        }
    }

    [Fact]
    public async Task TheFiles_AreAPartitionedTableForDuckDb()
    {
        using var folder = new TempFolder();
        await using (var host = await HostAsync(folder, ("Serving:PayloadFileBytes", "1024")))
        {
            for (var i = 0; i < 20; i++)
            {
                await host.AnswerAsync("housing", $"r{i}", i);
                if (i % 5 == 4)
                {
                    // Written at once, so that what gathers in some milliseconds is not one file.
                    await RowsAsync(host);
                }
            }

            await Eventually.HoldsAsync(() => Files(folder, "*.parquet").Length > 2);
        }

        await using var again = await ServingHost.StartAsync(folder);
        var listed = await again.JsonAsync(Path + "/files");
        var file = listed["files"]!.AsArray()[0]!;
        using var downloaded = await again.Http.GetAsync((string)file["url"]!);
        Assert.Equal((int)file["bytes"]!, (await downloaded.Content.ReadAsByteArrayAsync()).Length);
        using var missing = await again.Http.GetAsync(Path + "/files/2026-01-01/..%2F..%2Fslipway.db");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);

        using var database = DuckDbDatabase.Open().OrThrow();
        using var connection = database.Connect();
        var rows = connection.Query(
            $"SELECT count(*) AS n, sum(prediction_number) AS total, min(namespace) AS ns, min(service) AS service, sum((inputs->>'$.sales')::DOUBLE) AS sales FROM read_parquet({DuckDbText.Literal((string)listed["pattern"]!)}, hive_partitioning = true)").OrThrow();
        Assert.Equal([20, 190, 190], new[] { "n", "total", "sales" }.Select(name => ((NumericColumn)rows[name]).Values[0]));
        Assert.Equal(("default", "housing"), (((TextColumn)rows["ns"]).Values[0], ((TextColumn)rows["service"]).Values[0]));
    }

    [Fact]
    public async Task Labels_AreJoined_AndBoundsAreKept()
    {
        await using var host = await HostAsync(null);
        var before = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToString("yyyy-MM-ddTHH:mm:ssZ", null);
        for (var i = 0; i < 5; i++)
        {
            await host.AnswerAsync("housing", $"r{i}", i);
        }

        using var feedback = await host.FeedbackAsync("housing", """{"labels":[{"id":"r1","value":7.5},{"id":"r3","value":"good"},{"id":"other","value":1}]}""");
        Assert.True(feedback.IsSuccessStatusCode);

        var rows = await RowsAsync(host, "?from=" + before);
        Assert.Equal(["r0", "r1", "r2", "r3", "r4"], rows.Select(r => (string)r["id"]!));
        Assert.Equal([null, 7.5, null, null, null], rows.Select(r => (double?)r["label_number"]));
        Assert.Equal([null, null, null, "good", null], rows.Select(r => (string?)r["label_text"]));
        Assert.Empty(await RowsAsync(host, "?until=" + before));
        Assert.Equal(2, (await RowsAsync(host, "?limit=2")).Length);
        foreach (var bad in new[] { "?from=yesterday", "?limit=0", "?format=xml" })
        {
            using var refused = await host.Http.GetAsync(Path + bad);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        using var lines = await host.Http.GetAsync(Path + "?format=ndjson");
        Assert.Equal(5, (await lines.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var parquet = await host.Http.GetByteArrayAsync(Path + "?format=parquet");
        Assert.Equal("PAR1"u8.ToArray(), parquet[..4]);
        Assert.Empty(Directory.GetFiles(host.Get<PayloadFolder>().Temporary));
    }

    [Fact]
    public async Task WhatAKilledServerLeft_IsTakenUp_AndATornLineIsNoTrouble()
    {
        using var folder = new TempFolder();
        string spool;
        await using (var host = await HostAsync(folder))
        {
            await host.AnswerAsync("housing", "a", 1);
            Assert.Single(await RowsAsync(host));
            spool = File.ReadAllText(Assert.Single(Files(folder, "*.active")));
        }

        // As if the server had been killed: the spool is there as it was, with half a line behind it, and so is a half-made file.
        var packed = Assert.Single(Files(folder, "*.parquet"));
        var spools = Directory.GetDirectories(System.IO.Path.Combine(folder.FullPath, "payloads", ".spool", "rows", "default", "housing")).Single();
        var name = System.IO.Path.GetFileNameWithoutExtension(packed);
        File.WriteAllText(System.IO.Path.Combine(spools, name + ".active"), spool + spool.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)[..40]);
        File.WriteAllText(System.IO.Path.Combine(spools, "20260101T000000000-zz.active"), spool.Replace("\"a\"", "\"c\"", StringComparison.Ordinal) + "{\"id\":");
        File.WriteAllText(System.IO.Path.Combine(spools, "20260101T000000000-empty.active"), "{\"id\":");
        var half = System.IO.Path.Combine(folder.FullPath, "payloads", ".spool", "tmp");
        Directory.CreateDirectory(half);
        File.WriteAllText(System.IO.Path.Combine(half, "x.parquet"), "PAR1");

        await using var second = await ServingHost.StartAsync(folder);
        Assert.Equal(["a", "c"], (await RowsAsync(second)).Select(r => (string)r["id"]!));
        await Eventually.HoldsAsync(() => Files(folder, "*.parquet").Length == 2 && Files(folder, "*.ndjson").Length == 0);
        Assert.Equal(["a", "c"], (await RowsAsync(second)).Select(r => (string)r["id"]!));
    }

    [Fact]
    public async Task WhatTheQueueCannotTake_IsCounted_AndEveryRequestIsAnswered()
    {
        await using var host = await HostAsync(null, ("Serving:PayloadQueue", "1"));
        using var counters = new Counters(host);

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => host.AnswerAsync("housing", $"r{i}", i)));

        var rows = await RowsAsync(host);
        Assert.Equal(1000, counters["nv_inference_request_success"]);
        Assert.True(counters["slipway_serving_payload_shed"] > 0, "a queue of one cannot have taken 1000 answers at once");
        Assert.Equal(1000, rows.Length + counters["slipway_serving_payload_shed"]);
        Assert.Equal(rows.Length, counters["slipway_serving_payload_logged"]);
    }

    [Fact]
    public async Task ARowThatIsTooLong_IsShed_AndTheOthersAreKept()
    {
        await using var host = await HostAsync(null, ("Serving:PayloadRowBytes", "1024"));
        using var counters = new Counters(host);

        using var large = await host.InferAsync("housing", "large", 1, city: new string('x', 2000));
        await host.AnswerAsync("housing", "small", 1);

        Assert.Equal(HttpStatusCode.OK, large.StatusCode);
        Assert.Equal(["small"], (await RowsAsync(host)).Select(r => (string)r["id"]!));
        Assert.Equal(1, counters["slipway_serving_payload_shed:row"]);
    }

    [Fact]
    public async Task RowsThatAreOldEnough_ArePackedWhileTheServerRuns()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, ("Serving:PayloadFileSeconds", "1"));
        await host.AnswerAsync("housing", "a", 1);

        await Eventually.HoldsAsync(() => Files(folder, "*.parquet").Length == 1 && Files(folder, "*.ndjson").Length == 0);

        Assert.Single(await RowsAsync(host));
    }

    [Fact]
    public async Task FilesThatAreTooOld_AreRemoved()
    {
        using var folder = new TempFolder();
        await using (var host = await HostAsync(folder))
        {
            await host.AnswerAsync("housing", "a", 1);
        }

        var day = System.IO.Path.GetDirectoryName(Assert.Single(Files(folder, "*.parquet")))!;
        Directory.Move(day, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(day)!, "day=2020-01-01"));

        await using var again = await ServingHost.StartAsync(folder, ("Serving:PayloadRetentionDays", "7"));
        await Eventually.HoldsAsync(() => Files(folder, "*.parquet").Length == 0);
        Assert.Empty(await RowsAsync(again));
    }

    [Fact]
    public async Task WithoutALogger_NothingIsKept()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync(folder);
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");
        await host.AnswerAsync("housing", "a", 1);

        Assert.Empty(await RowsAsync(host));
        using var unknown = await host.Http.GetAsync(Path.Replace("housing", "nobody", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static async Task<ServingHost> HostAsync(TempFolder? folder, params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(folder, settings);
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyManifestAsync("housing", """{"predictor":{"logger":{"mode":"all"},"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"}}}""");
        return host;
    }

    private static async Task<JsonObject[]> RowsAsync(ServingHost host, string query = "")
    {
        using var response = await host.Http.GetAsync(Path + query);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. JsonNode.Parse(text)!.AsArray().Select(r => r!.AsObject())];
    }

    private static string[] Files(TempFolder folder, string pattern) => Directory.Exists(System.IO.Path.Combine(folder.FullPath, "payloads"))
        ? Directory.GetFiles(System.IO.Path.Combine(folder.FullPath, "payloads"), pattern, SearchOption.AllDirectories)
        : [];
}
