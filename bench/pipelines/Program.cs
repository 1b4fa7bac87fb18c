using System.Diagnostics;
using Slipway.Bench.Pipelines;

// What the engine adds to the steps: chain, fan-out, size, fairness, memory, processes. README.md holds the numbers.
var only = args.FirstOrDefault();

await RunAsync("chain of 1,000", async host => await TimeAsync(host, 1000, Shapes.Chain(1000)));
await RunAsync("1,000 side by side", async host => await TimeAsync(host, 1000, Shapes.Wide(1000)));
await RunAsync("layers, 1,000 tasks", async host => await TimeAsync(host, 1000, Shapes.Layers(50, 20)));
await RunAsync("layers, 10,000 tasks", async host => await TimeAsync(host, 10_000, Shapes.Layers(100, 100)));
await RunAsync("200 runs of 20 at once", FairAsync);
await RunAsync("1,000 live tasks", MemoryAsync, ("Slipway:Pipelines:ParallelSteps", "1000"));
await RunAsync("processes", ProcessesAsync);

async Task RunAsync(string name, Func<EngineHost, Task> measure, params (string, string)[] settings)
{
    if (only is not null && !name.Contains(only, StringComparison.OrdinalIgnoreCase))
    {
        return;
    }

    await using var host = await EngineHost.StartAsync(settings);
    Console.WriteLine(name);
    await measure(host);
}

async Task TimeAsync(EngineHost host, int tasks, Slipway.PipelineLanguage.Ir.PipelineSpec spec)
{
    // The first run compiles the code.
    await host.SubmitAsync(Shapes.Layers(5, 10));
    await host.FinishedAsync(1);
    for (var i = 0; i < 3; i++)
    {
        var clock = Stopwatch.StartNew();
        await host.SubmitAsync(spec);
        await host.FinishedAsync(i + 2);
        Console.WriteLine($"  {tasks / clock.Elapsed.TotalSeconds:N0} tasks/s, {clock.Elapsed.TotalMilliseconds / tasks:N2} ms a task");
    }
}

async Task FairAsync(EngineHost host)
{
    await host.SubmitAsync(Shapes.Layers(5, 10));
    await host.FinishedAsync(1);
    var spec = Shapes.Chain(20);
    var clock = Stopwatch.StartNew();
    var ids = new List<string>();
    for (var i = 0; i < 200; i++)
    {
        ids.Add(await host.SubmitAsync(spec, $"team-{i % 10}"));
    }

    var submitted = clock.Elapsed;
    await host.FinishedAsync(201);
    var ends = new List<double>();
    foreach (var id in ids)
    {
        var run = (await host.Runs.FindAsync(id, CancellationToken.None))!;
        ends.Add((run.Finished!.Value - run.Created) / 1e6);
    }

    ends.Sort();
    Console.WriteLine($"  submitted in {submitted.TotalSeconds:N2} s, all ended after {clock.Elapsed.TotalSeconds:N2} s; a run took {ends[0]:N2} to {ends[^1]:N2} s, median {ends[100]:N2} s");
}

async Task MemoryAsync(EngineHost host)
{
    await host.SubmitAsync(Shapes.Wide(1000, "bench/waiting"));
    await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
    using var self = Process.GetCurrentProcess();
    Console.WriteLine($"  {self.WorkingSet64 >> 20} MB in the process, {GC.GetTotalMemory(false) >> 20} MB of it managed, while 1,000 tasks run");
    await host.FinishedAsync(1);
}

async Task ProcessesAsync(EngineHost host)
{
    await host.SubmitAsync(Shapes.Commands(5, "true"));
    await host.FinishedAsync(1);
    var runs = 1;
    foreach (var command in (string[][])[["true"], ["python3", "-c", "pass"]])
    {
        var bare = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
            await process.WaitForExitAsync();
        }

        var alone = bare.Elapsed.TotalMilliseconds / 20;
        var clock = Stopwatch.StartNew();
        await host.SubmitAsync(Shapes.Commands(20, command));
        await host.FinishedAsync(++runs);
        Console.WriteLine($"  {string.Join(' ', command)}: {clock.Elapsed.TotalMilliseconds / 20:N1} ms as a step, {alone:N1} ms bare");
    }
}
