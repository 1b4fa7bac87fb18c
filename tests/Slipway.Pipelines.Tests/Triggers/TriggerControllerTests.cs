using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Triggers;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Objects;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Tests.Triggers;

public class TriggerControllerTests
{
    private const string Spec = """
        {"monitor": "prices", "model": "prices", "when": {"cooldownWindows": 3},
         "run": {"pipeline": "retrain", "parameters": {"subject": "s"}}}
        """;

    private static readonly ResourceRef Key = new("default", "watch");

    [Fact]
    public async Task DegradedWindow_StartsOneRunWithTheWindowsEnd()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);

        Assert.Equal(ReconcileOutcome.Done, await host.Trigger.ReconcileAsync(Key, default));

        var run = await host.FinishedAsync((string)(await StatusAsync(host))["lastRun"]!);
        Assert.Equal(("2020-01-08T00:00:00.0000000Z", "s"), ((string?)run.Parameters["until"], (string?)run.Parameters["subject"]));
        Assert.Equal("watch", run.Labels["slipway.dev/trigger"]);
        var status = await StatusAsync(host);
        Assert.Equal((7, 7, 1, 1, 0), ((int)status["lastWindow"]!, (int)status["lastFiredWindow"]!, (int)status["championAtFire"]!, (int)status["fired"]!, (int)status["losses"]!));
        Assert.Equal(run.Reason, (string?)status["reason"]);
        Assert.Equal("Fired", (string?)status["conditions"]![0]!["reason"]);
    }

    [Fact]
    public async Task QuietWindow_IsJudgedOnceAndStartsNothing()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        windows.Add(1, 1, 1, 1, 1);
        await host.Trigger.ReconcileAsync(Key, default);
        var written = await GetAsync(host);

        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Equal(written.ResourceVersion, (await GetAsync(host)).ResourceVersion);
        Assert.Equal(4, (int)written.Status["lastWindow"]!);
        Assert.Empty(await host.Runs.ListAsync("default", null, 10, default));
    }

    [Fact]
    public async Task CrashBetweenSubmitAndStatus_FindsTheSameRunAgain()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);
        var before = (await GetAsync(host)).Status.DeepClone();
        await host.Trigger.ReconcileAsync(Key, default);
        var first = (string)(await StatusAsync(host))["lastRun"]!;
        await host.FinishedAsync(first);

        // What the crash left: the run is there, the status is as it was.
        var trigger = await GetAsync(host);
        trigger.Json["status"] = before;
        (await host.Resources.UpdateStatusAsync(TriggerKind.Kind, trigger, new WriteOptions("test"), default)).OrThrow();
        Assert.Null((await StatusAsync(host))["lastRun"]);
        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Equal(first, (string?)(await StatusAsync(host))["lastRun"]);
        Assert.Single(await host.Runs.ListAsync("default", null, 10, default));
    }

    [Fact]
    public async Task ChallengersThatLose_MakeItWaitTwiceAsLong()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        windows.Add(1, 1, 1, 1, 1);
        var fired = new List<int>();
        for (var window = 5; window <= 24; window++)
        {
            windows.Add(1, 1.5);
            await host.Trigger.ReconcileAsync(Key, default);
            if ((int?)(await StatusAsync(host))["lastFiredWindow"] == window)
            {
                fired.Add(window);
                await host.FinishedAsync((string)(await StatusAsync(host))["lastRun"]!);
            }
        }

        Assert.Equal(6, fired[1] - fired[0]);
        Assert.Equal(12, fired[2] - fired[1]);
    }

    [Fact]
    public async Task NewChampion_StartsWithAShortWaitAndItsOwnRecord()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);
        await host.Trigger.ReconcileAsync(Key, default);
        await host.FinishedAsync((string)(await StatusAsync(host))["lastRun"]!);
        await PromoteAsync(host, 2);
        windows.Add(2, 2, 2, 2, 2);
        await host.Trigger.ReconcileAsync(Key, default);
        Assert.Equal(7, (int)(await StatusAsync(host))["lastFiredWindow"]!);

        windows.Add(2, 4, 4, 4);
        await host.Trigger.ReconcileAsync(Key, default);

        var status = await StatusAsync(host);
        Assert.Equal((14, 2, 0), ((int)status["lastFiredWindow"]!, (int)status["championAtFire"]!, (int)status["losses"]!));
    }

    [Fact]
    public async Task RunUnderWay_HoldsTheNextOneBack()
    {
        var windows = new MemoryWindows();
        var gate = new TaskCompletionSource();
        await using var host = await HostAsync(windows, async (_, cancellation) =>
        {
            await gate.Task.WaitAsync(cancellation);
            return new JsonObject();
        });
        (await host.Runs.SubmitAsync(new SubmitPipelineRun("default", "retrain", Given(), "by-hand", ""), default)).OrThrow();
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);

        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Contains("still under way", (string?)(await StatusAsync(host))["reason"], StringComparison.Ordinal);
        Assert.Single(await host.Runs.ListAsync("default", null, 10, default));
        gate.SetResult();
    }

    [Fact]
    public async Task SuspendedTrigger_OnlyWatches()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        var trigger = await GetAsync(host);
        trigger.Spec["suspend"] = true;
        (await host.Resources.UpdateAsync(TriggerKind.Kind, trigger, new WriteOptions("test"), default)).OrThrow();
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);

        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Equal(("suspended", 7), ((string?)(await StatusAsync(host))["reason"], (int)(await StatusAsync(host))["lastWindow"]!));
        Assert.Empty(await host.Runs.ListAsync("default", null, 10, default));
    }

    [Fact]
    public async Task RunThatCannotBeSubmitted_IsToldAndTheWindowStaysUnjudged()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        await host.ApplyAsync("retrain", """{"steps": [{"name": "a", "uses": "test/train"}]}""");
        windows.Add(1, 1, 1, 1, 1, 2, 2, 2);

        Assert.IsType<ReconcileOutcome.Failed>(await host.Trigger.ReconcileAsync(Key, default));

        var status = await StatusAsync(host);
        Assert.Null(status["lastWindow"]);
        Assert.Equal(("False", "Invalid"), ((string?)status["conditions"]![0]!["status"], (string?)status["conditions"]![0]!["reason"]));
    }

    [Fact]
    public async Task ModelWithoutChampion_IsWaitedFor()
    {
        var windows = new MemoryWindows();
        await using var host = await HostAsync(windows);
        (await host.Registry.SetAliasAsync("default", "prices", "champion", null, "test", "", default)).OrThrow();
        windows.Add(1, 1, 1, 1, 2, 2, 2);

        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Equal("model prices has no champion yet", (string?)(await StatusAsync(host))["reason"]);
    }

    [Fact]
    public async Task Events_WakeTheTriggersOfThatMonitor()
    {
        await using var host = await HostAsync(new MemoryWindows());
        await host.Trigger.ReconcileAsync(Key, default);

        Assert.Equal([Key], host.Trigger.KeysOf(Window("default", "monitors/prices")));
        Assert.Empty(host.Trigger.KeysOf(Window("default", "monitors/other")));
        Assert.Empty(host.Trigger.KeysOf(Window("elsewhere", "monitors/prices")));
        Assert.Equal([Key], await host.Trigger.ListKeysAsync(default));
        (await host.Resources.DeleteAsync(TriggerKind.Kind, "default", "watch", new DeleteOptions("test"), default)).OrThrow();
        Assert.Equal(ReconcileOutcome.Done, await host.Trigger.ReconcileAsync(Key, default));
        Assert.Empty(host.Trigger.KeysOf(Window("default", "monitors/prices")));

        static Event Window(string ns, string subject) => new(1, DateTimeOffset.UnixEpoch, "monitor.window.evaluated", ns, subject, "", default, "");
    }

    private static JsonObject Given() => new() { ["subject"] = "s", ["until"] = "", ["reason"] = "" };

    private static async Task<PipelinesHost> HostAsync(MemoryWindows windows, Func<ComponentContext, CancellationToken, Task<Result<JsonObject>>>? train = null)
    {
        var component = train is null ? FakeComponent.Returning("test/train", _ => new JsonObject()) : new FakeComponent("test/train", train);
        var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, windows, [], component);
        await host.ApplyAsync("retrain", """
            {"parameters": [{"name": "subject"}, {"name": "until"}, {"name": "reason"}], "steps": [{"name": "a", "uses": "test/train"}]}
            """);
        await PromoteAsync(host, 1);
        await host.CreateTriggerAsync(Spec);
        return host;
    }

    /// <summary>Registers a version and makes it champion.</summary>
    private static async Task PromoteAsync(PipelinesHost host, int version)
    {
        var stored = (await host.Floor.Objects.PutBytesAsync(new byte[] { (byte)version }, default)).OrThrow();
        var made = (await host.Registry.RegisterAsync(new RegisterModelVersion("default", "prices", stored.Sha256, "onnx", $"v{version}"), default)).OrThrow();
        Assert.Equal(version, made.Version);
        (await host.Registry.SetAliasAsync("default", "prices", "champion", version, "test", "", default)).OrThrow();
    }

    private static async Task<Resource> GetAsync(PipelinesHost host) => (await host.Resources.GetAsync(TriggerKind.Kind, "default", "watch", default)).OrThrow();

    private static async Task<JsonObject> StatusAsync(PipelinesHost host) => (await GetAsync(host)).Status;
}
