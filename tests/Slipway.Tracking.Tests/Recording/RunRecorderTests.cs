using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Tracking.Tests.Recording;

public class RunRecorderOnSqlite() : RunRecorderTests(DatabaseEngine.Sqlite);

public class RunRecorderOnPostgres() : RunRecorderTests(DatabaseEngine.PostgreSql);

/// <summary>The recorder's promises, on each database.</summary>
public abstract class RunRecorderTests(DatabaseEngine engine)
{
    private static readonly DateTimeOffset Noon = new(2024, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public async Task TheSameFactsAgain_ChangeNothing()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var parameters = new Dictionary<string, string> { ["trees"] = "100" };
        RunMetric[] metrics = [new("loss", 0.5, 1, Noon), new("loss", 0.4, 2, Noon)];
        for (var i = 0; i < 2; i++)
        {
            await host.StartRunAsync(1);
            (await host.Recorder.LogAsync("default", TrackingHost.RunId(1), parameters, metrics, default)).OrThrow();
            (await host.Recorder.FinishAsync("default", TrackingHost.RunId(1), RunStatus.Finished, default)).OrThrow();
            host.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        var run = await host.GetAsync(1);
        Assert.Equal(RunStatus.Finished, run.Run.Status);
        Assert.Equal(run.Run.Started, run.Run.Finished);
        Assert.Equal("100", run.Parameters["trees"]);
        Assert.Equal("b", run.Tags["a"]);
        Assert.Equal(new RunMetric("loss", 0.4, 2, Noon), run.Metrics["loss"]);
        var events = await host.Floor.Events.ReadAsync(0, new EventFilter("run."), 10, default);
        Assert.Equal(["run.started", "run.finished"], events.Select(e => e.Type));
    }

    [Fact]
    public async Task AnotherValueForAParameter_IsAConflictThatKeepsNothing()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.StartRunAsync(1);
        (await host.Recorder.LogAsync("default", TrackingHost.RunId(1), new Dictionary<string, string> { ["a"] = "1" }, [], default)).OrThrow();
        var second = await host.Recorder.LogAsync(
            "default", TrackingHost.RunId(1), new Dictionary<string, string> { ["a"] = "2", ["b"] = "3" }, [new("loss", 1, 0, Noon)], default);
        Assert.Equal(ProblemCode.Conflict, second.Problem!.Code);
        Assert.Equal("parameters.a", Assert.Single(second.Problem.Faults).Path);
        var run = await host.GetAsync(1);
        Assert.Equal(["a"], run.Parameters.Keys);
        Assert.Empty(run.Metrics);
    }

    [Fact]
    public async Task CurrentMetric_IsTheGreatestByStepTimeAndValueInWhateverOrder()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.StartRunAsync(1);
        RunMetric[] points =
        [
            new("m", 1, 5, Noon), new("m", 9, 4, Noon.AddHours(1)), new("m", 2, 5, Noon.AddMinutes(1)), new("m", 3, 5, Noon.AddMinutes(1)), new("m", 0, 1, Noon),
        ];
        foreach (var point in points)
        {
            (await host.Recorder.LogAsync("default", TrackingHost.RunId(1), Nothing, [point], default)).OrThrow();
        }

        Assert.Equal(points[3], (await host.GetAsync(1)).Metrics["m"]);
    }

    [Fact]
    public async Task ValuesThatAreNotFinite_AreKept()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.StartRunAsync(1);
        RunMetric[] points = [new("nan", double.NaN, 0, Noon), new("inf", double.PositiveInfinity, 0, Noon), new("neg", double.NegativeInfinity, 0, Noon)];
        (await host.Recorder.LogAsync("default", TrackingHost.RunId(1), Nothing, points, default)).OrThrow();
        var metrics = (await host.GetAsync(1)).Metrics;
        Assert.True(double.IsNaN(metrics["nan"].Value));
        Assert.Equal(double.PositiveInfinity, metrics["inf"].Value);
        Assert.Equal(double.NegativeInfinity, metrics["neg"].Value);
    }

    [Fact]
    public async Task AFailedRun_StartsAgainAndAFinishedOneDoesNot()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.StartRunAsync(1);
        (await host.Recorder.FinishAsync("default", TrackingHost.RunId(1), RunStatus.Failed, default)).OrThrow();
        await host.StartRunAsync(1);
        var again = await host.GetAsync(1);
        Assert.Equal((RunStatus.Running, null), (again.Run.Status, again.Run.Finished));
        (await host.Recorder.FinishAsync("default", TrackingHost.RunId(1), RunStatus.Finished, default)).OrThrow();
        await host.StartRunAsync(1);
        Assert.Equal(RunStatus.Finished, (await host.GetAsync(1)).Run.Status);
        Assert.Equal(ProblemCode.Conflict, (await host.Recorder.FinishAsync("default", TrackingHost.RunId(1), RunStatus.Failed, default)).Problem!.Code);
    }

    [Fact]
    public async Task RunsThatCannotBe_AreRefused()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.StartRunAsync(1);
        var elsewhere = await host.Recorder.StartAsync(new RunStart("default", "other", TrackingHost.RunId(1), ""), default);
        Assert.Equal(ProblemCode.Conflict, elsewhere.Problem!.Code);
        Assert.Equal(ProblemCode.NotFound, (await host.Recorder.LogAsync("default", TrackingHost.RunId(2), Nothing, [], default)).Problem!.Code);
        Assert.Equal(ProblemCode.NotFound, (await host.Recorder.FinishAsync("default", TrackingHost.RunId(2), RunStatus.Failed, default)).Problem!.Code);
        Assert.Equal(ProblemCode.Invalid, (await host.Recorder.FinishAsync("default", TrackingHost.RunId(1), RunStatus.Running, default)).Problem!.Code);
    }

    [Fact]
    public async Task RunsStartedAtOnce_ShareOneExperiment()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.StartRunAsync(i)));
        var experiments = await host.Floor.Database.ReadAsync(
            (session, _) => session.QueryAsync<string>("SELECT DISTINCT CAST(experiment AS TEXT) FROM tracking_runs"), default);
        Assert.Single(experiments);
    }
}
