using System.Diagnostics;
using System.Globalization;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>
/// The closed loop on a server that is killed again and again must end as if nothing had happened. Both runs go on from copies of one data folder in
/// which the loop has just been made, because the split between champion and challenger follows from ids that hold the loop's own.
/// </summary>
public sealed class KilledLoopTests
{
    private const double Tolerance = 1e-9;

    /// <summary>20 in the everyday tests; SLIPWAY_CHAOS_KILLS=100 for the long form.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("SLIPWAY_CHAOS_KILLS") ?? "20", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Server_killed_at_random_moments_Loop_ends_with_the_same_result_as_undisturbed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        var loopFile = DriftingTable.Write(folder.FullPath);
        await MakeAsync(folder.File("begun"), loopFile, cancellation);
        CopyFolder(folder.File("begun"), folder.File("calm"));
        CopyFolder(folder.File("begun"), folder.File("killed"));

        var started = Stopwatch.GetTimestamp();
        var calm = await RunCalmAsync(folder, loopFile, cancellation);
        var alone = Stopwatch.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper?.WriteLine($"undisturbed: {alone.TotalSeconds:F1} s, {calm.Trainings} trainings, {calm.Promotions} promotions, {calm.Rollbacks} rollbacks");

        started = Stopwatch.GetTimestamp();
        var killed = await RunKilledAsync(folder, loopFile, alone, cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"killed {Kills} times: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");

        // The table is made to need the whole machinery; without this, equal results would show little.
        Assert.True(calm is { Trainings: > 1, Promotions: > 0 }, $"the undisturbed loop made {calm.Trainings} trainings and {calm.Promotions} promotions");
        AssertSame(calm, killed);
    }

    private static async Task MakeAsync(string data, string loopFile, CancellationToken cancellation)
    {
        await using var here = new LoopOnServer(data);
        here.Start();
        await here.ReadyAsync(cancellation);
        await using var follower = here.Follow(loopFile, Path.Combine(Path.GetDirectoryName(loopFile)!, "begun.json"));
        await here.LoopExistsAsync(cancellation);
        await here.KillAsync();
        await follower.KillAsync();
    }

    private static async Task<LoopResult> RunCalmAsync(TempFolder folder, string loopFile, CancellationToken cancellation)
    {
        await using var here = new LoopOnServer(folder.File("calm"));
        here.Start();
        await here.ReadyAsync(cancellation);
        await using var follower = here.Follow(loopFile, folder.File("calm.json"));
        Assert.True(await follower.ExitAsync(cancellation) == 0, follower.Errors);
        var result = LoopResult.Read(folder.File("calm.json"));
        await AssertWholeAsync(here, result, cancellation);
        return result;
    }

    private static async Task<LoopResult> RunKilledAsync(TempFolder folder, string loopFile, TimeSpan alone, CancellationToken cancellation)
    {
        var random = new Random(41);
        await using var here = new LoopOnServer(folder.File("killed"));
        here.Start();
        await here.ReadyAsync(cancellation);
        await using var follower = here.Follow(loopFile, folder.File("killed.json"));
        while (!follower.Output.Contains("following it", StringComparison.Ordinal) && !follower.HasExited)
        {
            // Its first two calls hand the loop in; someone would have to repeat them by hand.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }

        for (var kill = 0; kill < Kills; kill++)
        {
            // One in five dies while it starts. The others live for a while whose mean is the share of the undisturbed run that falls to one kill.
            if (random.Next(5) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500)), TimeProvider.System, cancellation);
            }
            else
            {
                await here.ReadyAsync(cancellation);
                await Task.Delay(alone / Kills * (random.NextDouble() * 2), TimeProvider.System, cancellation);
            }

            await here.KillAsync();
            here.Start();
        }

        await here.ReadyAsync(cancellation);
        Assert.True(await follower.ExitAsync(cancellation) == 0, follower.Errors);
        var result = LoopResult.Read(folder.File("killed.json"));
        await AssertWholeAsync(here, result, cancellation);
        return result;
    }

    /// <summary>What must hold of any finished loop: every row went out once, was logged once and stands in one window, and the history is intact.</summary>
    private static async Task AssertWholeAsync(LoopOnServer here, LoopResult result, CancellationToken cancellation)
    {
        Assert.Equal(new LoopRequests(DriftingTable.ReplayRows, 0), result.Requests);
        Assert.Equal(DriftingTable.ReplayRows, result.Windows.Sum(w => w.Rows));
        Assert.Equal(result.Windows.Count, result.Windows.Select(w => w.Window).Distinct().Count());
        Assert.All(result.Windows, w => Assert.True(w is { Static: not null, Loop: not null, Oracle: not null }, $"{w}"));

        var summary = await here.GetAsync("api/slipway/v1/namespaces/default/inferenceservices/drift/predictions/summary", cancellation);
        Assert.Equal((DriftingTable.ReplayRows, DriftingTable.ReplayRows, 0), ((int)summary["served"]!, (int)summary["labelled"]!, (int)summary["failed"]!));

        var audit = await here.GetAsync("api/slipway/v1/audit/verify", cancellation);
        Assert.True((bool)audit["intact"]!, audit.ToJsonString());
    }

    private static void AssertSame(LoopResult calm, LoopResult killed)
    {
        Assert.Equal(calm.Windows.Select(w => (w.Window, w.Rows, w.Version)), killed.Windows.Select(w => (w.Window, w.Rows, w.Version)));
        foreach (var (expected, actual) in calm.Windows.Zip(killed.Windows))
        {
            Assert.Equal(expected.Static!.Value, actual.Static!.Value, Tolerance);
            Assert.Equal(expected.Loop!.Value, actual.Loop!.Value, Tolerance);
            Assert.Equal(expected.Oracle!.Value, actual.Oracle!.Value, Tolerance);
        }

        Assert.Equal((calm.Trainings, calm.Promotions, calm.Rollbacks), (killed.Trainings, killed.Promotions, killed.Rollbacks));
        Assert.Equal(InOrder(calm), InOrder(killed));
    }

    /// <summary>
    /// What happened. That a training has ended is noted by the loop, and what it registered is given its share by the policy: two controllers, and after a kill either may
    /// come first.
    /// </summary>
    private static List<(string Time, string Kind)> InOrder(LoopResult result)
    {
        var events = result.Events.Select(e => (e.Time, e.Kind)).ToList();
        for (var i = 1; i < events.Count; i++)
        {
            if (events[i].Kind == "trained" && events[i - 1] == (events[i].Time, "canary"))
            {
                (events[i - 1], events[i]) = (events[i], events[i - 1]);
            }
        }

        return events;
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
