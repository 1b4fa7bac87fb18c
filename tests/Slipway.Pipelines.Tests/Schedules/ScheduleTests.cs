using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Schedules;
using Slipway.Pipelines.Tests.Kfp;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Schedules;

public class ScheduleTests
{
    private static readonly DateTimeOffset Start = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Schedule_FiresEachInstantOnce_WithItsMacrosFilledIn(DatabaseEngine engine)
    {
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(engine, time, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var id = await CreateAsync(kfp, "\"trigger\": {\"cron_schedule\": {\"cron\": \"0 0 * * * *\"}}, \"max_concurrency\": 10", "[[ScheduledTime]] [[Index]] [[RunUUID]]");
        var made = await kfp.GetAsync($"recurringruns/{id}");
        Assert.Equal(("ENABLED", "2024-03-01T01:00:00Z"), ((string?)made["status"], (string?)made["next_run_at"]));

        await TickAsync(host);
        Assert.Empty(await RunsAsync(kfp, id));
        time.Advance(TimeSpan.FromMinutes(61));
        await Task.WhenAll(TickAsync(host), TickAsync(host), ActivatorUtilities.CreateInstance<ScheduleTicker>(host.Services).TickAsync(default));
        time.Advance(TimeSpan.FromMinutes(60));
        await TickAsync(host);
        await TickAsync(host);

        var runs = await RunsAsync(kfp, id);
        Assert.Equal(["2024-03-01T01:00:00Z", "2024-03-01T02:00:00Z"], runs.Select(r => (string?)r["scheduled_at"]));
        Assert.Equal($"20240301010000 1 {runs[0]["run_id"]}", (string?)runs[0]["runtime_config"]!["parameters"]!["v"]);
        Assert.Equal($"20240301020000 2 {runs[1]["run_id"]}", (string?)runs[1]["runtime_config"]!["parameters"]!["v"]);
        Assert.Equal(["nightly-1", "nightly-2"], runs.Select(r => (string?)r["display_name"]));
    }

    [Fact]
    public async Task FiringThatWasNotWrittenDown_FindsItsRunAgain()
    {
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, time, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var id = await CreateAsync(kfp, "\"trigger\": {\"periodic_schedule\": {\"interval_second\": \"60\"}}, \"max_concurrency\": 10");
        var store = host.Services.GetRequiredService<ScheduleStore>();
        var before = (await store.FindAsync(id, default))!;
        time.Advance(TimeSpan.FromSeconds(60));
        await TickAsync(host);
        var first = Assert.Single(await RunsAsync(kfp, id));

        // The server dies between making the run and writing the firing down: the row is as it was.
        (await host.Floor.Database.WriteAsync<int>(
            async (session, _) => await session.ExecuteAsync("UPDATE pipeline_schedules SET fired_until = @FiredUntil, firings = 0, next_due = @NextDue WHERE id = @Id", before), default)).OrThrow();
        await TickAsync(host);

        Assert.Equal((string?)first["run_id"], (string?)Assert.Single(await RunsAsync(kfp, id))["run_id"]);
        Assert.Equal(1, (await store.FindAsync(id, default))!.Firings);
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    public async Task MissedFirings_AreCaughtUpUnlessToldNotTo(bool noCatchup, int expected)
    {
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, time, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var id = await CreateAsync(kfp, "\"trigger\": {\"cron_schedule\": {\"cron\": \"0 0 0 * * *\"}}, \"max_concurrency\": 10, \"no_catchup\": " + (noCatchup ? "true" : "false"));

        time.Advance(TimeSpan.FromDays(3.5));
        await TickAsync(host);

        var runs = await RunsAsync(kfp, id);
        Assert.Equal(expected, runs.Count);
        Assert.Equal("2024-03-04T00:00:00Z", (string?)runs[^1]["scheduled_at"]);
    }

    [Fact]
    public async Task FullSchedule_WaitsForItsRunsToEnd()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = new FakeComponent("test/echo", async (_, cancellation) =>
        {
            await gate.Task.WaitAsync(cancellation);
            return new JsonObject { ["outputs"] = new JsonObject() };
        });
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, time, null, [], waiting);
        using var kfp = new KfpClient(host);
        var id = await CreateAsync(kfp, "\"trigger\": {\"periodic_schedule\": {\"interval_second\": 10}}, \"max_concurrency\": 1");

        time.Advance(TimeSpan.FromSeconds(10));
        await TickAsync(host);
        time.Advance(TimeSpan.FromSeconds(10));
        await TickAsync(host);
        var first = Assert.Single(await RunsAsync(kfp, id));
        gate.SetResult();
        await host.FinishedAsync((string)first["run_id"]!);
        await TickAsync(host);

        Assert.Equal(["2024-03-01T00:00:10Z", "2024-03-01T00:00:20Z"], (await RunsAsync(kfp, id)).Select(r => (string?)r["scheduled_at"]));
    }

    [Fact]
    public async Task DisabledSchedule_FiresNothing_AndMakesUpForNothing()
    {
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, time, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var id = await CreateAsync(kfp, "\"trigger\": {\"periodic_schedule\": {\"interval_second\": 60}}, \"mode\": \"DISABLE\", \"max_concurrency\": 10");
        Assert.Equal("DISABLED", (string?)(await kfp.GetAsync($"/apis/v2beta1/recurringruns/{id}"))["status"]);
        time.Advance(TimeSpan.FromMinutes(5));
        await TickAsync(host);
        Assert.Empty(await RunsAsync(kfp, id));

        await kfp.PostAsync($"/apis/v2beta1/recurringruns/{id}:enable");
        time.Advance(TimeSpan.FromMinutes(1));
        await TickAsync(host);
        Assert.Equal("2024-03-01T00:06:00Z", (string?)Assert.Single(await RunsAsync(kfp, id))["scheduled_at"]);

        await kfp.PostAsync($"/apis/v2beta1/recurringruns/{id}:disable");
        time.Advance(TimeSpan.FromMinutes(5));
        await TickAsync(host);
        Assert.Single(await RunsAsync(kfp, id));
        Assert.Equal(["nightly"], (await kfp.AllAsync("/apis/v2beta1/recurringruns?sort_by=created_at", "recurringRuns", 1)).Select(s => (string?)s["display_name"]));
        await kfp.DeleteAsync($"/apis/v2beta1/recurringruns/{id}");
        await kfp.GetAsync($"recurringruns/{id}", 404);
        Assert.Single(await RunsAsync(kfp, id));
    }

    [Fact]
    public async Task ScheduleOfAPipeline_RunsItsNewestVersion_AndSaysWhyWhenItCannot()
    {
        var time = new ManualTimeProvider(Start);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, time, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var package = System.Text.Encoding.UTF8.GetBytes(TestPackages.BuiltIn);
        var pipeline = (string)(await kfp.UploadAsync("pipelines/upload?name=p", package))["pipeline_id"]!;
        var id = (string)(await kfp.PostAsync("recurringruns", $$$"""
            {"display_name": "s", "pipeline_version_reference": {"pipeline_id": "{{{pipeline}}}"}, "trigger": {"periodic_schedule": {"interval_second": 60}},
             "max_concurrency": 10, "runtime_config": {"parameters": {"v": "x"} } }
            """))["recurring_run_id"]!;
        time.Advance(TimeSpan.FromSeconds(1));
        var second = (string)(await kfp.UploadAsync($"pipelines/upload_version?name=v2&pipelineid={pipeline}", package))["pipeline_version_id"]!;
        time.Advance(TimeSpan.FromMinutes(1));
        await TickAsync(host);
        Assert.Equal(second, (string?)Assert.Single(await RunsAsync(kfp, id))["pipeline_version_reference"]!["pipeline_version_id"]);

        await kfp.DeleteAsync($"pipelines/{pipeline}?cascade=true");
        time.Advance(TimeSpan.FromMinutes(1));
        await TickAsync(host);

        var schedule = await kfp.GetAsync($"recurringruns/{id}");
        Assert.Contains(pipeline, (string?)schedule["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal("2024-03-01T00:03:00Z", (string?)schedule["next_run_at"]);
        Assert.Single(await RunsAsync(kfp, id));
    }

    [Theory]
    [InlineData("\"trigger\": {}", "trigger")]
    [InlineData("\"trigger\": {\"cron_schedule\": {\"cron\": \"bad\"}}", "trigger.cron_schedule.cron")]
    [InlineData("\"trigger\": {\"cron_schedule\": {}}", "trigger.cron_schedule.cron")]
    [InlineData("\"trigger\": {\"cron_schedule\": {\"cron\": \"0 0 9 * * *\"}, \"periodic_schedule\": {\"interval_second\": 5}}", "either")]
    [InlineData("\"trigger\": {\"periodic_schedule\": {\"interval_second\": 0}}", "interval_second")]
    [InlineData("\"trigger\": {\"periodic_schedule\": {\"interval_second\": 5, \"start_time\": \"2024-02-02T00:00:00Z\", \"end_time\": \"2024-02-01T00:00:00Z\"}}", "before start_time")]
    [InlineData("\"trigger\": {\"periodic_schedule\": {\"interval_second\": 5, \"start_time\": \"soon\"}}", "RFC 3339")]
    [InlineData("\"trigger\": {\"periodic_schedule\": {\"interval_second\": 5}}, \"max_concurrency\": 0", "max_concurrency")]
    [InlineData("\"trigger\": {\"periodic_schedule\": {\"interval_second\": 5}}, \"mode\": \"SOMETIMES\"", "mode")]
    public async Task WrongSchedule_IsRefusedInWords(string members, string words)
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        var answer = await kfp.PostAsync("recurringruns", "{\"display_name\": \"s\", " + members + ", \"pipeline_spec\": " + TestPackages.BuiltIn + "}", 400);

        Assert.Contains(words, (string?)answer["error"], StringComparison.Ordinal);
        Assert.Equal(0, (int?)(await kfp.GetAsync("recurringruns"))["total_size"]);
    }

    private static async Task<string> CreateAsync(KfpClient kfp, string members, string value = "x") =>
        (string)(await kfp.PostAsync(
            "recurringruns",
            "{\"display_name\": \"nightly\", " + members + ", \"pipeline_spec\": " + TestPackages.BuiltIn + ", \"runtime_config\": {\"parameters\": {\"v\": \"" + value + "\"}}}"))
            ["recurring_run_id"]!;

    private static Task TickAsync(PipelinesHost host) => host.Services.GetRequiredService<ScheduleTicker>().TickAsync(default);

    private static Task<List<JsonNode>> RunsAsync(KfpClient kfp, string schedule) =>
        kfp.AllAsync("runs?sort_by=scheduled_at&" + KfpClient.Filter($$$"""{"operation": 1, "key": "recurring_run_id", "stringValue": "{{{schedule}}}"}"""), "runs", 50);
}
