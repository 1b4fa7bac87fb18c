using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Bench.Server;
using Slipway.Conformance;

// The published program as a user has it, seen from outside: `SLIPWAY_BUILD_ONLY=1 ./slipway` builds it.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var time = TimeProvider.System;
const int Starts = 7;

var (first, again) = (new List<double>(), new List<double>());
for (var i = 0; i < Starts; i++)
{
    using var folder = new TempFolder();
    first.Add(await StartAsync(folder.FullPath));
    again.Add(await StartAsync(folder.FullPath));
}

Say("start to /readyz, empty folder", $"{Median(first):F0} ms (median of {Starts}; {first.Min():F0} to {first.Max():F0})");
Say("start to /readyz, folder in use", $"{Median(again):F0} ms ({again.Min():F0} to {again.Max():F0})");

using var data = new TempFolder();
var port = SlipwayProgram.FreePort();
using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
await using var server = SlipwayProgram.Up(data.FullPath, port);
await server.ReadyAsync(client, time, CancellationToken.None);
await Task.Delay(TimeSpan.FromSeconds(10), time, CancellationToken.None);
Say("memory (RSS) after 10 s idle", $"{ResidentMegabytes(server.Id):F0} MB");

foreach (var connections in (int[])[1, 16])
{
    await CreateAsync("warm", connections, 200);
    var started = Stopwatch.GetTimestamp();
    const int Creates = 3_000;
    await CreateAsync($"c{connections}", connections, Creates);
    Say($"creates, {connections} connection{(connections == 1 ? "" : "s")}", $"{Creates / Stopwatch.GetElapsedTime(started).TotalSeconds:F0}/s");
}

var fan = await WatchFan.RunAsync(client, watchers: 200, events: 500, CreateOneAsync);
Say("watch, 200 watchers x 500 events", $"{fan.Delivered / fan.Elapsed.TotalSeconds:F0} deliveries/s ({fan.Delivered} in {fan.Elapsed.TotalSeconds:F2} s, written by 16 connections)");
Say("memory (RSS) after all that", $"{ResidentMegabytes(server.Id):F0} MB");

async Task<double> StartAsync(string folder)
{
    var at = SlipwayProgram.FreePort();
    using var probe = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{at}/") };
    var started = Stopwatch.GetTimestamp();
    await using var program = SlipwayProgram.Up(folder, at);
    await program.ReadyAsync(probe, time, CancellationToken.None);
    return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}

Task CreateAsync(string prefix, int connections, int count) => Parallel.ForEachAsync(
    Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = connections },
    async (i, cancellation) => await CreateOneAsync($"{prefix}-{connections}-{i}", cancellation));

async Task CreateOneAsync(string name, CancellationToken cancellation)
{
    using var body = new StringContent(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"key":"value"}}""", Encoding.UTF8, "application/json");
    using var answer = await client.PostAsync(new Uri("api/v1/namespaces/default/configmaps", UriKind.Relative), body, cancellation);
    answer.EnsureSuccessStatusCode();
}

static double Median(List<double> values)
{
    var sorted = values.Order().ToArray();
    return sorted[sorted.Length / 2];
}

static double ResidentMegabytes(int process)
{
    var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
    return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
}

static void Say(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");
