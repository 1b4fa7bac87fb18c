using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Kinds;
using Slipway.Monitoring.Windows;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;

namespace Slipway.Monitoring.Tests.Monitors;

public sealed class MonitorControllerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task ClosedWindows_AreEvaluatedOnceInOrderWithTheirEvents(DatabaseEngine engine)
    {
        await using var bench = await MonitorBench.CreateAsync(engine);
        await bench.ApplyAsync();
        bench.Log.CloseDay(200, row => row, (1, true, row => row + 1));
        bench.Log.CloseDay(200, row => row, (1, true, row => row + 1));

        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
        bench.Log.CloseDay(200, row => row, (1, true, row => row + 1));
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());

        Assert.Equal([1, 2, 3], (await bench.Store.ListAsync("default", "prices", 0, None)).Select(w => w.Number));
        Assert.Equal([3], (await bench.Store.ListAsync("default", "prices", 2, None)).Select(w => w.Number));
        var events = await bench.Floor.Events.ReadAsync(0, new EventFilter("monitor.window.evaluated"), 100, None);
        Assert.All(events, e => Assert.Equal(("default", "monitors/prices", "controller:monitor"), (e.Namespace, e.Subject, e.Actor)));
        Assert.Equal([1, 2, 3], events.Select(e => JsonSerializer.Deserialize(e.Payload.Span, MonitorWindowContext.Default.MonitorWindow)!.Number));
        Assert.Equal(1, bench.Datasets.Reads);
    }

    [Fact]
    public async Task Quality_IsOfTheServedAnswersAndOfEachVersionWithMirrors()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        // Version 1 serves and is off by 2; version 2 is mirrored and off by 1; every fourth row has no label.
        bench.Log.CloseDay(40, row => row, row => row % 4 == 3 ? double.NaN : row, (1, true, row => row + 2), (2, false, row => row - (row % 2 == 0 ? 1 : 1.5)));

        await bench.ReconcileAsync();

        var window = Assert.Single(await bench.Store.ListAsync("default", "prices", 0, None));
        Assert.Equal((40, 0), (window.Rows, window.Errors));
        Assert.Equal((0, 40, 30), (window.Served!.ModelVersion, window.Served.Rows, window.Served.Labelled));
        Assert.Equal(2, window.Served.Metrics["mae"], 12);
        Assert.Equal([1, 2], window.Versions.Select(v => v.ModelVersion));
        Assert.Equal((2, 0), (window.Versions[0].MeanLoss, window.Versions[0].LossVariance));
        // Of 30 labelled rows 20 are even (rows 0 and 2 of each four).
        Assert.Equal(((20 * 1) + (10 * 1.5)) / 30, window.Versions[1].MeanLoss, 12);
        var pair = window.Pairs.Single(p => p is { Version: 2, Against: 1 });
        Assert.Equal(30, pair.Rows);
        Assert.Equal((35.0 / 30) - 2, pair.MeanDifference, 12);
        Assert.Equal(-pair.MeanDifference, window.Pairs.Single(p => p is { Version: 1, Against: 2 }).MeanDifference, 12);
    }

    [Fact]
    public async Task ShiftedInputs_AreDriftAndShowInTheStatus()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        bench.Log.CloseDay(200, row => row, (1, true, row => row));
        await bench.ReconcileAsync();
        var before = await bench.GetAsync();
        bench.Log.CloseDay(200, row => row + 150, (1, true, row => row + 150));
        await bench.ReconcileAsync();
        var after = await bench.GetAsync();

        Assert.Equal(("False", "True"), (Conditions.StatusOf(before, "Drifting"), Conditions.StatusOf(after, "Drifting")));
        Assert.Equal("True", Conditions.StatusOf(after, "Ready"));
        Assert.Equal((2, 2, 1.0), ((int)after.Status["lastWindow"]!, (int)after.Status["observedWindow"]!, (double)after.Status["driftShare"]!));
        Assert.Equal("2024-01-03T00:00:00Z", (string?)after.Status["lastWindowUntil"]);
        var windows = await bench.Store.ListAsync("default", "prices", 0, None);
        Assert.False(windows[0].InputDrift!.Drifted);
        Assert.Null(windows[0].PredictionDrift);
        Assert.Equal(["x"], windows[1].InputDrift!.DriftedColumns);
        Assert.True(windows[1].PredictionDrift!.Drifted);
    }

    [Fact]
    public async Task PredictionColumn_IsWhatPredictionsAreComparedWith()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync(MonitorBench.Spec(predictionColumn: "y"));
        bench.Log.CloseDay(200, row => row, (1, true, row => row + 150));

        await bench.ReconcileAsync();

        var window = Assert.Single(await bench.Store.ListAsync("default", "prices", 0, None));
        Assert.True(window.PredictionDrift!.Drifted);
        Assert.False(window.InputDrift!.Drifted);
    }

    [Fact]
    public async Task RisingLoss_IsDegraded()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        bench.Log.CloseDay(100, row => row, (1, true, row => row + (row % 5)));
        await bench.ReconcileAsync();
        Assert.Equal("Unknown", Conditions.StatusOf(await bench.GetAsync(), "Degraded"));
        bench.Log.CloseDay(100, row => row, (1, true, row => row + ((row + 2) % 5)));
        await bench.ReconcileAsync();
        Assert.Equal("False", Conditions.StatusOf(await bench.GetAsync(), "Degraded"));
        bench.Log.CloseDay(100, row => row, (1, true, row => row + (row % 5) + 3));
        await bench.ReconcileAsync();

        var monitor = await bench.GetAsync();
        Assert.Equal("True", Conditions.StatusOf(monitor, "Degraded"));
        Assert.Equal(5, (double)monitor.Status["value"]!, 12);
    }

    [Fact]
    public async Task MissingReference_StopsEvaluationUntilItIsThere()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync(MonitorBench.Spec("absent"));
        bench.Log.CloseDay(10, row => row, (1, true, row => row));

        Assert.IsType<ReconcileOutcome.Failed>(await bench.ReconcileAsync());

        var monitor = await bench.GetAsync();
        Assert.Equal("False", Conditions.StatusOf(monitor, "Ready"));
        Assert.Equal(1, (int)monitor.Status["observedWindow"]!);
        Assert.Empty(await bench.Store.ListAsync("default", "prices", 0, None));
        monitor.Spec["reference"]!["dataset"] = "training";
        (await bench.Resources.UpdateAsync(MonitorKind.Kind, monitor, new WriteOptions("test"), None)).OrThrow();
        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());
        Assert.Equal("True", Conditions.StatusOf(await bench.GetAsync(), "Ready"));
        Assert.Single(await bench.Store.ListAsync("default", "prices", 0, None));
    }

    [Fact]
    public async Task RecreatedMonitor_StartsWithoutTheOldWindows()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        bench.Log.CloseDay(10, row => row, (1, true, row => row));
        await bench.ReconcileAsync();
        var old = Assert.Single(await bench.Store.ListAsync("default", "prices", 0, None));
        (await bench.Resources.DeleteAsync(MonitorKind.Kind, "default", "prices", new DeleteOptions("test"), None)).OrThrow();
        var spec = MonitorBench.Spec();
        spec["drift"] = new JsonObject { ["enabled"] = false };
        await bench.ApplyAsync(spec);

        await bench.ReconcileAsync();

        var now = Assert.Single(await bench.Store.ListAsync("default", "prices", 0, None));
        Assert.NotNull(old.InputDrift);
        Assert.Null(now.InputDrift);
    }

    [Fact]
    public async Task DeletedMonitor_LeavesNoWindows()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        bench.Log.CloseDay(10, row => row, (1, true, row => row));
        await bench.ReconcileAsync();
        (await bench.Resources.DeleteAsync(MonitorKind.Kind, "default", "prices", new DeleteOptions("test"), None)).OrThrow();

        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());

        Assert.Empty(await bench.Store.ListAsync("default", "prices", 0, None));
    }

    [Fact]
    public async Task WindowWithoutRowsOrLabels_IsEvaluatedAllTheSame()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        bench.Log.CloseDay(0, row => row, (1, true, row => row));
        bench.Log.CloseDay(5, row => row, _ => double.NaN, (1, true, row => row == 0 ? double.NaN : row));

        Assert.Equal(ReconcileOutcome.Done, await bench.ReconcileAsync());

        var windows = await bench.Store.ListAsync("default", "prices", 0, None);
        Assert.Equal((0, 0), (windows[0].Rows, windows[0].Versions.Count));
        Assert.Null(windows[0].InputDrift);
        Assert.Equal((5, 1), (windows[1].Rows, windows[1].Errors));
        Assert.Null(windows[1].Served);
        Assert.Equal((5, 0), (windows[1].Versions[0].Rows, windows[1].Versions[0].Labelled));
    }

    [Fact]
    public async Task FeedbackEvent_WakesTheMonitorsOfThatService()
    {
        await using var bench = await MonitorBench.CreateAsync();
        await bench.ApplyAsync();
        await bench.ReconcileAsync();

        Assert.Equal([new ResourceRef("default", "prices")], bench.Controller.KeysOf(Feedback("default", "prices")));
        Assert.Empty(bench.Controller.KeysOf(Feedback("default", "other")));
        Assert.Empty(bench.Controller.KeysOf(Feedback("elsewhere", "prices")));
        Assert.Equal([new ResourceRef("default", "prices")], await bench.Controller.ListKeysAsync(None));

        static Event Feedback(string ns, string service) =>
            new(1, DateTimeOffset.UnixEpoch, "serving.feedback.closed", ns, $"inferenceservices/{service}", "", default, "");
    }

    [Fact]
    public async Task MetricOfAnotherTask_IsRefused()
    {
        await using var bench = await MonitorBench.CreateAsync();
        var spec = MonitorBench.Spec();
        spec["metric"] = "auc";

        var problem = (await bench.ApplyAsync(spec)).Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Contains("spec.metric", problem.Message + string.Join(' ', problem.Faults.Select(f => f.Path)), StringComparison.Ordinal);
    }
}
