using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Traces.Tests;

public class SpansOnSqlite() : SpanTests(DatabaseEngine.Sqlite);

public class SpansOnPostgres() : SpanTests(DatabaseEngine.PostgreSql);

/// <summary>Spans by OpenTelemetry, on each database.</summary>
public abstract class SpanTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Spans_MakeATraceAndComeBackWhole()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var inputs = new Dictionary<string, object?> { ["q"] = "größe", ["n"] = 1L, ["list"] = new object[] { 1.5, true } };
        await Otlp.LogAsync(
            host,
            Otlp.Span(7, 2, 1, "child", 110, 120, 1, ("mlflow.spanType", "LLM"), ("model", "gpt")),
            Otlp.Span(7, 1, 0, "root", 100, 150, 1, ("mlflow.spanInputs", inputs), ("mlflow.spanOutputs", "\"dumped\""), ("temperature", 0.7), ("none", null)));
        var trace = (await host.CallAsync("GET", $"3.0/mlflow/traces/get?trace_id={Otlp.TraceId(7)}"))["trace"]!;
        var info = trace["trace_info"]!;
        Assert.Equal(("1970-01-01T00:00:00.100Z", "0.050s", "OK"), ((string?)info["request_time"], (string?)info["execution_duration"], (string?)info["state"]));
        Assert.Equal("TRACKING_STORE", (string?)info["tags"]!["mlflow.trace.spansLocation"]);
        Assert.Equal("""{"q": "größe", "n": 1, "list": [1.5, true]}""", (string?)info["request_preview"]);
        Assert.Equal("\"dumped\"", (string?)info["response_preview"]);
        Assert.Equal(["root", "child"], trace["spans"]!.AsArray().Select(s => (string?)s!["name"]));
        var root = trace["spans"]![0]!;
        Assert.Equal(("100000000", "150000000", "STATUS_CODE_OK"), ((string?)root["start_time_unix_nano"], (string?)root["end_time_unix_nano"], (string?)root["status"]!["code"]));
        var attributes = root["attributes"]!.AsArray().ToDictionary(a => (string)a!["key"]!, a => a!["value"]!);
        Assert.Equal(Otlp.TraceId(7), (string?)attributes["mlflow.traceRequestId"]["string_value"]);
        Assert.Equal("dumped", (string?)attributes["mlflow.spanOutputs"]["string_value"]);
        Assert.Equal(0.7, (double)attributes["temperature"]["double_value"]!);
        Assert.Equal("größe", (string?)attributes["mlflow.spanInputs"]["kvlist_value"]!["values"]![0]!["value"]!["string_value"]);
        Assert.Equal("AAAAAAAAAAE=", (string?)trace["spans"]![1]!["parent_span_id"]);
    }

    [Fact]
    public async Task SpansThatComeBitByBit_StretchTheTraceAndEndIt()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await Otlp.LogAsync(host, Otlp.Span(7, 2, 1, "child", 1000, 2000, 1, ("mlflow.chat.tokenUsage", """{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}""")));
        var info = (await host.CallAsync("GET", $"3.0/mlflow/traces/{Otlp.TraceId(7)}"))["trace"]!["trace_info"]!;
        Assert.Equal("IN_PROGRESS", (string?)info["state"]);
        await Otlp.LogAsync(host, Otlp.Span(7, 3, 1, "late", 500, 2500, 1, ("mlflow.chat.tokenUsage", """{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"""), ("session.id", "s-1")));
        await Otlp.LogAsync(host, Otlp.Span(7, 1, 0, "root", 800, null, 2));
        info = (await host.CallAsync("GET", $"3.0/mlflow/traces/{Otlp.TraceId(7)}"))["trace"]!["trace_info"]!;
        Assert.Equal(("1970-01-01T00:00:00.500Z", "2s", "ERROR"), ((string?)info["request_time"], (string?)info["execution_duration"], (string?)info["state"]));
        Assert.Equal("""{"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}""", (string?)info["trace_metadata"]!["mlflow.trace.tokenUsage"]);
        Assert.Equal("s-1", (string?)info["trace_metadata"]!["mlflow.trace.session"]);

        // Ended once, it stays as it ended; what the client says at the end counts, and the spans stay.
        await Otlp.LogAsync(host, Otlp.Span(7, 1, 0, "root", 800, 2600, 1));
        await host.PutAsync(Otlp.TraceId(7), time: 500, duration: 2100, state: "OK", metadata: """{"mlflow.trace.tokenUsage": "{\"input_tokens\": 1, \"output_tokens\": 1, \"total_tokens\": 2}"}""");
        var trace = (await host.CallAsync("GET", $"3.0/mlflow/traces/get?trace_id={Otlp.TraceId(7)}"))["trace"]!;
        Assert.Equal(3, trace["spans"]!.AsArray().Count);
        Assert.Equal(("OK", "TRACKING_STORE"), ((string?)trace["trace_info"]!["state"], (string?)trace["trace_info"]!["tags"]!["mlflow.trace.spansLocation"]));
        Assert.Contains("\"total_tokens\": 2", (string?)trace["trace_info"]!["trace_metadata"]!["mlflow.trace.tokenUsage"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATraceThatLacksSpans_IsOnlyGivenOutAsPartial()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync(Otlp.TraceId(7), metadata: """{"mlflow.trace.sizeStats": "{\"num_spans\": 2}"}""");
        await Otlp.LogAsync(host, Otlp.Span(7, 1, 0, "root", 1, 2));
        Assert.Empty(await host.CallAsync("GET", $"3.0/mlflow/traces/batchGet?trace_ids={Otlp.TraceId(7)}"));
        var partial = await host.CallAsync("GET", $"3.0/mlflow/traces/get?trace_id={Otlp.TraceId(7)}&allow_partial=true");
        Assert.Single(partial["trace"]!["spans"]!.AsArray());
        await Otlp.LogAsync(host, Otlp.Span(7, 2, 1, "child", 1, 2));
        var whole = await host.CallAsync("GET", $"3.0/mlflow/traces/batchGet?trace_ids={Otlp.TraceId(7)}");
        Assert.Equal(2, whole["traces"]![0]!["spans"]!.AsArray().Count);
        var missing = await host.CallAsync("GET", "3.0/mlflow/traces/get?trace_id=none", status: 404);
        Assert.Equal("Trace with ID none is not found.", (string?)missing["message"]);
    }

    [Fact]
    public async Task Searches_LookIntoSpans()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await Otlp.LogAsync(host, Otlp.Span(1, 1, 0, "llm_call", 1, 2, 1, ("mlflow.spanType", "LLM"), ("model", "gpt-4-turbo"), ("temperature", 0.7), ("similarity.threshold", 0.8)));
        await Otlp.LogAsync(host, Otlp.Span(2, 1, 0, "database_query", 2, 3, 2, ("mlflow.spanType", "TOOL"), ("model", "claude-3"), ("mlflow.spanInputs", "{\"q\": \"test1 in it\"}")));
        await Otlp.LogAsync(host, Otlp.Span(3, 1, 0, "plain", 3, 4, 0, ("gen_ai.operation.name", "chat")));
        string One = Otlp.TraceId(1), Two = Otlp.TraceId(2), Three = Otlp.TraceId(3);
        (string Filter, string Found)[] cases =
        [
            ("span.name = 'llm_call'", One),
            ("span.name LIKE '%query'", Two),
            ("span.type IN ('LLM', 'TOOL')", $"{Two} {One}"),
            ("span.type = 'CHAT_MODEL'", Three),
            ("span.status = 'ERROR'", Two),
            ("span.status = 'UNSET'", Three),
            ("span.attributes.model LIKE \"%gpt-4%\"", One),
            ("span.attributes.model RLIKE \"^claude\"", Two),
            ("span.attributes.model = 'claude-3'", Two),
            ("span.attributes.temperature LIKE \"%0.7%\"", One),
            ("span.attributes.similarity.threshold LIKE \"%0.8%\"", One),
            ("span.attributes.`mlflow.spanInputs` ILIKE \"%TEST1%\"", Two),
            ("span.attributes.nonexistent LIKE \"%value%\"", ""),
            ("span.content LIKE '%\"model\": %turbo%'", One),
            ("text LIKE '%test1 in it%'", Two),
            ("span.name = 'plain' AND span.status = 'UNSET'", Three),
            ("span.name = 'llm_call' AND span.status = 'ERROR'", ""),
            ("span.name = 'llm_call' OR span.status = 'ERROR'", $"{Two} {One}"),
            ("span.type = 'LLM' AND span.attributes.model LIKE 'gpt%' AND status = 'OK'", One),
            ("trace.text ILIKE '%DATABASE%'", Two),
        ];
        foreach (var (filter, found) in cases)
        {
            Assert.Equal((filter, found), (filter, await host.FindAsync(filter)));
        }
    }

    [Fact]
    public async Task TheService_IsToldAtTheRoot()
    {
        await using var host = await TracesHost.StartAsync(engine);
        byte[] spans = [.. Otlp.Field(2, Otlp.Span(1, 1, 0, "root", 1, 2)), .. Otlp.Field(2, Otlp.Span(1, 2, 1, "child", 1, 2))];
        Assert.Equal(200, (await Otlp.SendAsync(host, Otlp.Field(1, [.. Otlp.Field(2, spans), .. Otlp.Field(1, Otlp.Field(1, Otlp.Pair("service.name", "svc")))]))).Status);
        var trace = (await host.CallAsync("GET", $"3.0/mlflow/traces/get?trace_id={Otlp.TraceId(1)}"))["trace"]!;
        Assert.Equal([1, 0], trace["spans"]!.AsArray().Select(s => s!["attributes"]!.AsArray().Count(a => (string?)a!["key"] == "service.name")));
    }

    [Fact]
    public async Task ClausesOnSpans_SpeakOfOneSpan()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await Otlp.LogAsync(host, Otlp.Span(1, 1, 0, "search_web", 1, 2, 2), Otlp.Span(1, 2, 1, "foo", 1, 2, 1));
        Assert.Equal("", await host.FindAsync("span.name = 'search_web' AND span.status = 'OK'"));
        Assert.Equal(Otlp.TraceId(1), await host.FindAsync("span.name = 'search_web' AND span.status = 'ERROR'"));
    }

    [Fact]
    public async Task CostsAndUsers_AreKeptWithTheTrace()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var cost = """{"input_cost": 0.5, "output_cost": 0.25, "total_cost": 0.75}""";
        await Otlp.LogAsync(host, Otlp.Span(1, 1, 0, "a", 1, 2, 1, ("mlflow.llm.cost", cost), ("user.id", "u-1")), Otlp.Span(1, 2, 1, "b", 1, 2, 1, ("mlflow.llm.cost", cost)));
        var metadata = (await host.CallAsync("GET", $"3.0/mlflow/traces/{Otlp.TraceId(1)}"))["trace"]!["trace_info"]!["trace_metadata"]!;
        Assert.Equal("""{"input_cost": 1.0, "output_cost": 0.5, "total_cost": 1.5}""", (string?)metadata["mlflow.trace.cost"]);
        Assert.Equal("u-1", (string?)metadata["mlflow.trace.user"]);
    }

    [Fact]
    public async Task Json_IsTakenAsWell()
    {
        await using var host = await TracesHost.StartAsync(engine);
        const string Body = """
            {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "svc"}}]}, "scopeSpans": [{"scope": {}, "spans": [{
                "traceId": "0000000000000000000000000000000A", "spanId": "00000000000000ff", "parentSpanId": "", "name": "j",
                "startTimeUnixNano": "1000000", "endTimeUnixNano": 2000000, "kind": 1, "status": {"code": 2, "message": "bad"},
                "attributes": [{"key": "i", "value": {"intValue": "5"}}, {"key": "a", "value": {"arrayValue": {"values": [{"boolValue": true}]}}}],
                "events": [{"timeUnixNano": "1500000", "name": "e", "attributes": [{"key": "x", "value": {"doubleValue": 1}}]}]}]}]}]}
            """;
        Assert.Equal((200, "{}"), await Otlp.SendAsync(host, Encoding.UTF8.GetBytes(Body), type: "application/json"));
        var span = (await host.CallAsync("GET", "3.0/mlflow/traces/get?trace_id=tr-0000000000000000000000000000000a"))["trace"]!["spans"]![0]!;
        Assert.Equal(("j", "bad", "STATUS_CODE_ERROR"), ((string?)span["name"], (string?)span["status"]!["message"], (string?)span["status"]!["code"]));
        Assert.Equal("1500000", (string?)span["events"]![0]!["time_unix_nano"]);
        Assert.Equal("svc", (string?)span["attributes"]!.AsArray().Single(a => (string?)a!["key"] == "service.name")!["value"]!["string_value"]);
    }

    [Fact]
    public async Task PackedExports_AreUnpacked()
    {
        await using var host = await TracesHost.StartAsync(engine);
        foreach (var (encoding, trace) in new[] { ("gzip", 1), ("deflate", 2) })
        {
            using var packed = new MemoryStream();
            await using (Stream stream = encoding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, true) : new ZLibStream(packed, CompressionLevel.Fastest, true))
            {
                await stream.WriteAsync(Otlp.Export(Otlp.Span(trace, 1, 0, "s", 1, 2)));
            }

            Assert.Equal((200, ""), await Otlp.SendAsync(host, packed.ToArray(), encoding: encoding));
            await host.CallAsync("GET", $"3.0/mlflow/traces/{Otlp.TraceId(trace)}");
        }
    }

    [Fact]
    public async Task ExportsThatAreNone_AreTheCallersFault()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var span = Otlp.Span(1, 1, 0, "s", 1, 2);
        Assert.Equal(400, (await Otlp.SendAsync(host, [])).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, "hello world"u8.ToArray())).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, Otlp.Export(span)[..^3])).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, Otlp.Export(span), type: "text/plain")).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, Otlp.Export(span), encoding: "gzip")).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, Otlp.Export(span), encoding: "br")).Status);
        Assert.Equal(422, (await Otlp.SendAsync(host, Otlp.Export(Otlp.Text(5, "no ids")))).Status);
        Assert.Equal(400, (await Otlp.SendAsync(host, "{\"resourceSpans\": 5}"u8.ToArray(), type: "application/json")).Status);
        Assert.Equal(422, (await Otlp.SendAsync(host, Otlp.Export(span), experiment: "")).Status);
        var (status, body) = await Otlp.SendAsync(host, Otlp.Export(span), experiment: "77");
        Assert.Equal(422, status);
        Assert.Contains("No Experiment with id=77 exists", (string?)JsonNode.Parse(body)!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Noise_IsNeverAFaultOfTheServer()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var random = new Random(3);
        var good = Otlp.Export(Otlp.Span(1, 1, 0, "s", 1, 2, 1, ("a", new Dictionary<string, object?> { ["b"] = new object[] { "c", 1L } })));
        for (var i = 0; i < 300; i++)
        {
            var noise = good.ToArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                noise[random.Next(noise.Length)] = (byte)random.Next(256);
            }

            var (status, body) = await Otlp.SendAsync(host, noise);
            Assert.True(status is 200 or 400 or 422, $"{Convert.ToHexString(noise)}: {status} {body}");
        }
    }

    [Fact]
    public async Task SpansFromManySidesAtOnce_AllArrive()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(1, 12).Select(i => Otlp.LogAsync(host, Otlp.Span(9, i, i == 1 ? 0 : 1, $"s{i}", 100 - i, 100 + i))));
        var trace = (await host.CallAsync("GET", $"3.0/mlflow/traces/get?trace_id={Otlp.TraceId(9)}"))["trace"]!;
        Assert.Equal(12, trace["spans"]!.AsArray().Count);
        Assert.Equal(("1970-01-01T00:00:00.088Z", "0.024s"), ((string?)trace["trace_info"]!["request_time"], (string?)trace["trace_info"]!["execution_duration"]));
    }
}
