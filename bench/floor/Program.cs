using System.Diagnostics;
using System.Text;
using Slipway.Conformance;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

// Writes per second with and without company, and the fan-out of events to followers. README.md holds the numbers.
var engine = args.Contains("--postgres") ? DatabaseEngine.PostgreSql : DatabaseEngine.Sqlite;
var payload = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 1000)}}"}""");

await StartAsync();
await WritesAsync(writers: 1, count: 300, report: false);
await WritesAsync(writers: 1, count: 2_000, report: true);
await WritesAsync(writers: 64, count: 20_000, report: true);
await FanOutAsync(followers: 200, events: 10_000);

// The first use in this process, code still to be compiled: what the floor adds to a cold start.
async Task StartAsync()
{
    var clock = Stopwatch.StartNew();
    await using var first = await TestFloor.CreateAsync(engine);
    var made = clock.Elapsed;
    await using var second = await TestFloor.OpenAsync(first.Url);
    Console.WriteLine($"{engine}: first start {made.TotalMilliseconds:N0} ms with migrations, next one in the same process {(clock.Elapsed - made).TotalMilliseconds:N0} ms");
}

async Task WritesAsync(int writers, int count, bool report)
{
    await using var floor = await TestFloor.CreateAsync(engine);
    var left = count;
    var clock = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
    {
        while (Interlocked.Decrement(ref left) >= 0)
        {
            await AppendAsync(floor);
        }
    })));
    if (report)
    {
        Console.WriteLine($"{engine}: {writers,2} writers: {count / clock.Elapsed.TotalSeconds,7:N0} writes/s, each with one event of 1 KB, each synced before its answer");
    }
}

async Task FanOutAsync(int followers, int events)
{
    await using var floor = await TestFloor.CreateAsync(engine);
    var clock = Stopwatch.StartNew();
    var all = Enumerable.Range(0, followers).Select(_ => Task.Run(async () =>
    {
        await foreach (var e in floor.Events.FollowAsync(0, new EventFilter(), CancellationToken.None))
        {
            if (e.Sequence == events)
            {
                return;
            }
        }
    })).ToArray();
    var writes = Enumerable.Range(0, 64).Select(w => Task.Run(async () =>
    {
        for (var i = w; i < events; i += 64)
        {
            await AppendAsync(floor);
        }
    })).ToArray();
    await Task.WhenAll(writes);
    var written = clock.Elapsed;
    await Task.WhenAll(all);
    Console.WriteLine(
        $"{engine}: {followers} followers x {events:N0} events: {followers * (double)events / clock.Elapsed.TotalSeconds:N0} deliveries/s; "
        + $"written in {written.TotalSeconds:N2} s, the last follower done {(clock.Elapsed - written).TotalMilliseconds:N0} ms later");
}

async Task AppendAsync(TestFloor floor) => (await floor.Database.WriteAsync<long>(
    async (s, _) => await s.AppendAsync(new EventDraft("thing.made", "", "things/1", payload)), CancellationToken.None)).OrThrow();
