using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Contracts.Serving.Ports;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Tests.Payloads;

/// <summary>What surrounds a prediction when two servers on one PostgreSQL answer for a service.</summary>
public sealed class ReplicaPayloadTests
{
    private const string Path = "/api/slipway/v1/namespaces/default/inferenceservices/housing";

    [Fact]
    public async Task EventsFilesAndLabels_AreTheService_WhicheverServerAnswered()
    {
        await using var store = await TestObjectStore.StartAsync();
        await using var sink = await TestSink.StartAsync();
        using var folders = new TempFolder();
        (string, string)[] settings =
        [
            .. store.Settings, ("Floor:DatabaseUrl", await TestPostgres.CreateDatabaseAsync()), ("Floor:ObjectsUrl", folders.File("objects")), ("Serving:PayloadFileSeconds", "1"),
        ];
        using var one = new TempFolder();
        using var two = new TempFolder();
        await using var first = await ServingHost.StartAsync(one, settings);
        await using var second = await ServingHost.StartAsync(two, settings);
        await first.RegisterAsync("housing", Models.Once);
        await first.ApplyManifestAsync(
            "housing",
            $$"""{"predictor":{"logger":{"url":"{{sink.Url}}","mode":"request","storage":{"path":"s3://lake"} },"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"} } }""",
            """{"slipway.dev/payload-sample":"50"}""");
        await Eventually.HoldsAsync(() => second.Get<RouteTable>().Find("default", "housing") is { Logger: not null });

        // Every id goes to both: a sample by id is the same one everywhere, and an id is one prediction.
        var ids = Enumerable.Range(0, 40).Select(i => $"r{i}").ToArray();
        await Task.WhenAll(ids.Select((id, i) => first.AnswerAsync("housing", id, i, "2026-01-10T00:00:00Z")));
        await first.SummaryAsync("housing");
        await Task.WhenAll(ids.Select((id, i) => second.AnswerAsync("housing", id, i, "2026-01-10T00:00:00Z")));
        Assert.Equal(40, (int)(await second.SummaryAsync("housing"))["served"]!);
        var sampled = ids.Where(id => first.Get<RouteTable>().Find("default", "housing")!.KeepsPayload(id)).Order(StringComparer.Ordinal).ToArray();
        Assert.InRange(sampled.Length, 8, 32);

        var events = await sink.UntilAsync(2 * sampled.Length);
        Assert.Equal(sampled.SelectMany(id => new[] { id, id }), events.Select(e => e["ce-predictionid"]).Order(StringComparer.Ordinal));
        Assert.Equal(events.Length, events.Select(e => e["ce-id"]).Distinct().Count());

        // Labels that one server takes are joined with what the other has answered.
        using var labels = await second.FeedbackAsync("housing", """{"labels":[{"id":"r1","value":7.5},{"id":"r2","value":8}],"watermark":"2026-02-01T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, labels.StatusCode);
        Assert.Equal(2, (int)(await first.SummaryAsync("housing"))["labelled"]!);
        var log = await first.Get<IPredictionLog>().ReadAsync("default", "housing", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), default);
        Assert.Equal(ids.Order(StringComparer.Ordinal), log.Ids);
        Assert.Single(await first.Get<IPredictionLog>().ClosedWindowsAsync("default", "housing", 0, default));

        await Eventually.HoldsAsync(() => store.Objects.Count >= 2 && !Waits(one) && !Waits(two));
        foreach (var host in new[] { first, second })
        {
            using var response = await host.Http.GetAsync(Path + "/payloads");
            var rows = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray();
            Assert.Equal(sampled.SelectMany(id => new[] { id, id }), rows.Select(r => (string)r!["id"]!).Order(StringComparer.Ordinal));
            Assert.Equal(sampled.Contains("r1") ? 2 : 0, rows.Count(r => (double?)r!["label_number"] == 7.5));
        }
    }

    private static bool Waits(TempFolder folder) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(folder.FullPath, "payloads", ".spool", "rows"), "*", SearchOption.AllDirectories).Any();
}
