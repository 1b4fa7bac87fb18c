using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Conformance;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;

namespace Slipway.Platform.Tests.Controllers;

public class ControllerRuntimeTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ControllerOptions Quick = new()
    {
        Limits = QueueLimits.Default with { FirstBackoff = TimeSpan.FromMilliseconds(1) }, LeaseDuration = TimeSpan.FromSeconds(6),
    };

    [Fact]
    public async Task Start_ReconcilesWhatIsThere_ThenWhatEventsName_AsTheController()
    {
        await using var floor = await TestFloor.CreateAsync();
        var controller = new Recorder("old");
        using var runtime = Runtime(floor, controller);
        await runtime.StartAsync(None);
        Assert.Equal("old", await controller.NextAsync());
        await AppendAsync(floor, "things.other", "ignored");
        await AppendAsync(floor, "things.made", "new");
        Assert.Equal("new", await controller.NextAsync());
        Assert.Equal("controller:recorder", controller.Actor);
        await runtime.StopAsync(None);
    }

    [Fact]
    public async Task Bug_IsTriedAgain_AndOtherKeysGoOn()
    {
        await using var floor = await TestFloor.CreateAsync();
        var attempts = new ConcurrentDictionary<string, int>();
        var controller = new Recorder("bad", "good")
        {
            Work = key => attempts.AddOrUpdate(key, 1, (_, n) => n + 1) < 4 && key == "bad"
                ? throw new InvalidOperationException("bug") : ReconcileOutcome.Done,
        };
        using var runtime = Runtime(floor, controller);
        await runtime.StartAsync(None);
        Assert.Equal(["bad", "good"], new[] { await controller.NextAsync(), await controller.NextAsync() }.Order());
        Assert.Equal(4, attempts["bad"]);
        await runtime.StopAsync(None);
    }

    [Fact]
    public async Task EventForAKeyThatWaitsForLater_IsWorkedOnAtOnce()
    {
        await using var floor = await TestFloor.CreateAsync();
        var controller = new Recorder("later", "other") { Work = key => key == "later" ? ReconcileOutcome.ComeBack(TimeSpan.FromHours(1)) : ReconcileOutcome.Done };
        using var runtime = Runtime(floor, controller, Quick with { Workers = 1 });
        await runtime.StartAsync(None);
        Assert.Equal(["later", "other"], [await controller.NextAsync(), await controller.NextAsync()]);

        await AppendAsync(floor, "things.made", "later");

        Assert.Equal("later", await controller.NextAsync());
        await runtime.StopAsync(None);
    }

    [Fact]
    public async Task TwoProcesses_OnlyTheLeaderWorks_AndTheOtherTakesOverWhenItStops()
    {
        await using var floor = await TestFloor.CreateAsync();
        var (a, b) = (new Recorder("x"), new Recorder("x"));
        using var first = Runtime(floor, a);
        using var second = Runtime(floor, b, Quick with { LeaseDuration = TimeSpan.FromSeconds(0.6) });
        await first.StartAsync(None);
        Assert.Equal("x", await a.NextAsync());
        await second.StartAsync(None);
        await AppendAsync(floor, "things.made", "y");
        Assert.Equal("y", await a.NextAsync());
        Assert.Equal(0, b.Count);
        await first.StopAsync(None);
        Assert.Equal("x", await b.NextAsync());
        await second.StopAsync(None);
    }

    [Fact]
    public async Task LostLease_StopsTheReconcilesAtOnce()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(time: clock);
        var stopped = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var controller = new Recorder("x")
        {
            Endless = async cancellation =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stopped.TrySetResult();
            },
        };
        using var runtime = Runtime(floor, controller);
        await runtime.StartAsync(None);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(20));
        (await floor.Database.WriteAsync<int>(
            async (s, _) => await s.ExecuteAsync("UPDATE leases SET holder = 'thief', token = token + 1, until = until + 60000000"), None)).OrThrow();
        clock.Advance(Quick.RenewEvery);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await runtime.StopAsync(None);
    }

    [Fact]
    public async Task DatabaseThatIsClosedBeforeTheEnd_IsNoFaultToTellOf()
    {
        await using var floor = await TestFloor.CreateAsync();
        var controller = new Recorder("x");
        var log = new Lines();
        using var runtime = new ControllerRuntime([controller], floor.Events, new Unreleased(floor.Leases), Quick, floor.Time, log);
        await runtime.StartAsync(None);
        await controller.NextAsync();
        await runtime.StopAsync(None);
        Assert.DoesNotContain(LogLevel.Warning, log.Levels);
    }

    private static ControllerRuntime Runtime(TestFloor floor, IController controller, ControllerOptions? options = null) =>
        new([controller], floor.Events, floor.Leases, options ?? Quick, floor.Time, NullLogger<ControllerRuntime>.Instance);

    private static async Task AppendAsync(TestFloor floor, string type, string subject) => (await floor.Database.WriteAsync<long>(
        async (s, _) => await s.AppendAsync(new EventDraft(type, "", subject, "{}"u8.ToArray())), None)).OrThrow();

    private sealed class Unreleased(ILeases leases) : ILeases
    {
        public Task<Lease?> TryAcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellation) => leases.TryAcquireAsync(name, holder, duration, cancellation);

        public Task<bool> ReleaseAsync(Lease lease, CancellationToken cancellation) => throw new InvalidOperationException("closed");

        public Task<bool> HoldsAsync(IReadSession session, Lease lease) => leases.HoldsAsync(session, lease);
    }

    private sealed class Lines : ILogger<ControllerRuntime>
    {
        public ConcurrentQueue<LogLevel> Levels { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Levels.Enqueue(logLevel);
    }

    private sealed class Recorder(params string[] there) : IController
    {
        private readonly Channel<string> _done = Channel.CreateUnbounded<string>();

        public string Name => "recorder";

        public IReadOnlyList<string> EventTypes => ["things.made"];

        public Func<string, ReconcileOutcome> Work { get; init; } = _ => ReconcileOutcome.Done;

        public Func<CancellationToken, Task>? Endless { get; init; }

        public string? Actor { get; private set; }

        public int Count => _done.Reader.Count;

        public Task<string> NextAsync() => _done.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public IReadOnlyList<ResourceRef> KeysOf(Event e) => [new("", e.Subject)];

        public Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<ResourceRef>>([.. there.Select(name => new ResourceRef("", name))]);

        public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
        {
            Actor = CallIdentity.Current;
            if (Endless is not null)
            {
                await Endless(cancellation);
            }

            var outcome = Work(key.Name);
            _done.Writer.TryWrite(key.Name);
            return outcome;
        }
    }
}
