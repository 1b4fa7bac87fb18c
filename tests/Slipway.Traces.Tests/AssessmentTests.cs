using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Traces.Tests;

public class AssessmentsOnSqlite() : AssessmentTests(DatabaseEngine.Sqlite);

public class AssessmentsOnPostgres() : AssessmentTests(DatabaseEngine.PostgreSql);

public abstract class AssessmentTests(DatabaseEngine engine)
{
    private const string Root = "3.0/mlflow/traces/tr-1/assessments";

    [Fact]
    public async Task Feedback_IsKeptChangedAndDeleted()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        var made = await CreateAsync(host, """
            {"assessment_name": "correctness", "trace_id": "tr-1", "span_id": "s", "source": {"source_type": "HUMAN", "source_id": "me@x"}, "rationale": "why",
             "create_time": "2025-01-01T00:00:00Z", "last_update_time": "2025-01-01T00:00:00Z",
             "feedback": {"value": 0.5, "error": {"error_code": "E", "error_message": "m"}}, "metadata": {"a": "1"}, "valid": true}
            """);
        var id = (string)made["assessment_id"]!;
        Assert.StartsWith("a-", id, StringComparison.Ordinal);
        var got = (await host.CallAsync("GET", $"{Root}/{id}"))["assessment"]!;
        Assert.True(JsonNode.DeepEquals(made, got));
        Assert.Equal((0.5, "E", "HUMAN", "me@x", "why"), ((double)got["feedback"]!["value"]!, (string?)got["feedback"]!["error"]!["error_code"], (string?)got["source"]!["source_type"], (string?)got["source"]!["source_id"], (string?)got["rationale"]));
        var changed = (await host.CallAsync("PATCH", $"{Root}/{id}", """{"assessment": {"feedback": {"value": "good"}, "rationale": "better", "metadata": {"b": "2"}, "assessment_name": "other"}, "update_mask": "feedback,rationale,metadata,assessmentName"}"""))["assessment"]!;
        Assert.Equal(("good", "better", "other", "1", "2"), ((string?)changed["feedback"]!["value"], (string?)changed["rationale"], (string?)changed["assessment_name"], (string?)changed["metadata"]!["a"], (string?)changed["metadata"]!["b"]));
        Assert.Equal("2025-01-01T00:00:00Z", (string?)changed["create_time"]);
        var info = (await host.CallAsync("GET", "3.0/mlflow/traces/tr-1"))["trace"]!["trace_info"]!;
        Assert.True(JsonNode.DeepEquals(changed, info["assessments"]![0]));
        var wrong = await host.CallAsync("PATCH", $"{Root}/{id}", """{"assessment": {"expectation": {"value": 1}}, "update_mask": "expectation"}""", 400);
        Assert.Equal("Cannot update expectation value on a Feedback assessment.", (string?)wrong["message"]);
        await host.CallAsync("DELETE", $"{Root}/{id}");
        await host.CallAsync("DELETE", $"{Root}/{id}");
        Assert.Equal($"Assessment with ID '{id}' not found for trace 'tr-1'", (string?)(await host.CallAsync("GET", $"{Root}/{id}", status: 404))["message"]);
        Assert.Equal("Trace with request_id 'none' not found", (string?)(await host.CallAsync("GET", "3.0/mlflow/traces/none/assessments/x", status: 404))["message"]);
    }

    [Fact]
    public async Task Expectations_KeepListsAndObjects()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        var made = await CreateAsync(host, """{"assessment_name": "facts", "source": {"source_type": "CODE", "source_id": "x"}, "expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "{\"a\": [1, 2]}"}}}""");
        Assert.Equal("""{"a": [1, 2]}""", (string?)made["expectation"]!["serialized_value"]!["value"]);
        var simple = await CreateAsync(host, """{"assessment_name": "n", "expectation": {"value": true}}""");
        Assert.True((bool)simple["expectation"]!["value"]!);
        foreach (var bad in new[] { """{"assessment_name": "x"}""", """{"expectation": {"value": 1}}""", """{"assessment_name": "x", "source": {"source_type": "ALIEN"}, "feedback": {"value": 1}}""", """{"assessment_name": "x", "expectation": {"serialized_value": {"serialization_format": "XML", "value": "1"}}}""" })
        {
            await host.CallAsync("POST", Root, $$"""{"assessment": {{bad}}}""", 400);
        }

        await host.CallAsync("POST", "3.0/mlflow/traces/none/assessments", """{"assessment": {"assessment_name": "x", "feedback": {"value": 1}}}""", 404);
    }

    [Fact]
    public async Task AssessmentsOfOneMoment_KeepTheirOrder()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        foreach (var number in Enumerable.Range(0, 6))
        {
            await CreateAsync(host, $$$"""{"assessment_name": "n{{{number}}}", "create_time": "2025-01-01T00:00:00Z", "feedback": {"value": 1}}""");
        }

        var info = (await host.CallAsync("GET", "3.0/mlflow/traces/tr-1"))["trace"]!["trace_info"]!;
        Assert.Equal(["n0", "n1", "n2", "n3", "n4", "n5"], info["assessments"]!.AsArray().Select(a => (string?)a!["assessment_name"]));
    }

    [Fact]
    public async Task AnOverridingAssessment_TakesThePlaceUntilItGoes()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        var first = (string)(await CreateAsync(host, """{"assessment_name": "q", "feedback": {"value": "poor"}}"""))["assessment_id"]!;
        var second = (string)(await CreateAsync(host, $$"""{"assessment_name": "q", "feedback": {"value": "good"}, "overrides": "{{first}}"}"""))["assessment_id"]!;
        async Task<bool> ValidAsync(string id) => (bool)(await host.CallAsync("GET", $"{Root}/{id}"))["assessment"]!["valid"]!;
        Assert.Equal((false, true), (await ValidAsync(first), await ValidAsync(second)));
        await host.CallAsync("DELETE", $"{Root}/{second}");
        Assert.True(await ValidAsync(first));
        await host.CallAsync("POST", Root, """{"assessment": {"assessment_name": "q", "feedback": {"value": 1}, "overrides": "none"}}""", 404);
    }

    [Fact]
    public async Task Searches_CompareValues()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1", time: 1);
        await host.PutAsync("tr-2", time: 2, assessments: """[{"assessment_name": "ok", "feedback": {"value": false}}, {"assessment_name": "len", "expectation": {"value": 150}}]""");
        await CreateAsync(host, """{"assessment_name": "ok", "feedback": {"value": true}}""");
        await CreateAsync(host, """{"assessment_name": "score", "feedback": {"value": 5.0}}""");
        await CreateAsync(host, """{"assessment_name": "quality", "feedback": {"value": "High"}}""");
        await CreateAsync(host, """{"assessment_name": "issue-7", "issue": {"issue_name": "id"}}""");
        (string Filter, string Found)[] cases =
        [
            ("feedback.ok = \"true\"", "tr-1"),
            ("feedback.ok = 'false'", "tr-2"),
            ("feedback.ok != 'false'", "tr-1"),
            ("feedback.score = '5'", "tr-1"),
            ("expectation.len = '150'", "tr-2"),
            ("feedback.quality ILIKE '%high%' AND feedback.score = '5'", "tr-1"),
            ("feedback.quality RLIKE '^H'", "tr-1"),
            ("feedback.nothing = '1'", ""),
            ("feedback.score IS NULL", "tr-2"),
            ("feedback.score IS NOT NULL", "tr-1"),
        ];
        foreach (var (filter, found) in cases)
        {
            Assert.Equal((filter, found), (filter, await host.FindAsync(filter)));
        }
    }

    [Fact]
    public async Task AnAssessmentOfASession_SpeaksOfAllItsTraces()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1", time: 1, metadata: """{"mlflow.trace.session": "s-1"}""");
        await host.PutAsync("tr-2", time: 2, metadata: """{"mlflow.trace.session": "s-1"}""");
        await host.PutAsync("tr-3", time: 3, metadata: """{"mlflow.trace.session": "s-2"}""");
        await CreateAsync(host, """{"assessment_name": "kind", "feedback": {"value": "yes"}, "metadata": {"mlflow.trace.session": "s-1"}}""");
        Assert.Equal("tr-2 tr-1", await host.FindAsync("feedback.kind = 'yes'"));
        Assert.Equal("tr-3", await host.FindAsync("feedback.kind IS NULL"));
    }

    private static async Task<JsonObject> CreateAsync(TracesHost host, string assessment) =>
        (await host.CallAsync("POST", Root, $$"""{"assessment": {{assessment}}}"""))["assessment"]!.AsObject();
}
