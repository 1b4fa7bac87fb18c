using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>
/// What a shadow costs the callers of the revision that answers: the same service twice, once with every request mirrored to a second revision, asked in
/// turn. Asked by one caller without a pause, and at a steady rate that leaves the cores some room: full cores cost everybody time, whatever fills them.
/// </summary>
internal static class Shadow
{
    private const int Callers = 8;
    private const int Paced = 4000;

    public static async Task PrintAsync(double seconds, int rounds, string? executable)
    {
        using var folder = new TempFolder();
        var (first, second) = (Path.Combine(folder.FullPath, "first.onnx"), Path.Combine(folder.FullPath, "second.onnx"));
        await File.WriteAllBytesAsync(first, Networks.Tabular());
        await File.WriteAllBytesAsync(second, Networks.Tabular(seed: 2));
        await using var server = await SlipwayServer.StartAsync(Path.Combine(folder.FullPath, "data"), executable);
        foreach (var (name, mirror) in new[] { ("alone", false), ("shadowed", true) })
        {
            await server.ApplyAsync(name, first, logged: false);
            await server.ReplaceAsync(name, second, service =>
            {
                service["metadata"]!["annotations"]!["slipway.dev/mirror"] = mirror ? "true" : "false";
                service["spec"]!["predictor"]!["canaryTrafficPercent"] = 0;
            });
        }

        var row = Requests.Json([1, 30], Requests.Values(30));
        var cases = new (string Name, Func<string, double, Task<Figures>> Measure)[]
        {
            ("one caller", (name, s) => Load.RunAsync(server.Port, server.Process, Load.Post($"/v2/models/{name}/infer", row), 1, s)),
            ($"{Paced} requests/s", (name, s) => Load.MeasureAsync(server.Process, () => PacedAsync(server.Port, Load.Post($"/v2/models/{name}/infer", row), s))),
        };
        Console.WriteLine("| | requests/s | CPU us | p50 ms | p99 ms | p50 beside |\n| --- | --- | --- | --- | --- | --- |");
        foreach (var (name, measure) in cases)
        {
            var figures = new Dictionary<string, List<Figures>> { ["alone"] = [], ["shadowed"] = [] };
            for (var round = -1; round < rounds; round++)
            {
                foreach (var (service, list) in figures)
                {
                    var one = await measure(service, round < 0 ? Math.Max(seconds, 10) : seconds);
                    if (round >= 0)
                    {
                        list.Add(one);
                    }
                }
            }

            var alone = Comparison.Medians(figures["alone"]);
            foreach (var (service, list) in figures)
            {
                var f = Comparison.Medians(list);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name}, {service} | {f.PerSecond:F0} | {f.Cpu:F1} | {f.P50:F4} | {f.P99:F3} | {f.P50 / alone.P50:F3} |"));
            }
        }

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
        var lines = (await http.GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith("slipway_serving_mirror", StringComparison.Ordinal));
        Console.WriteLine($"\n{string.Join('\n', lines)}");
    }

    /// <summary>Each caller has its moments; who is late sends at once. Latency counts from when the request was sent.</summary>
    private static async Task<List<double>> PacedAsync(int port, byte[] request, double seconds)
    {
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var step = Stopwatch.Frequency * Callers / Paced;
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(async () =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            var (latencies, buffer) = (new List<double>(1 << 16), new byte[64 << 10]);
            for (var due = Stopwatch.GetTimestamp() + (step * i / Callers); due < until; due += step)
            {
                while (Stopwatch.GetTimestamp() < due)
                {
                    await timer.WaitForNextTickAsync();
                }

                var started = Stopwatch.GetTimestamp();
                await Load.ExchangeAsync(socket, request, buffer);
                latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return latencies;
        })));
        return [.. all.SelectMany(l => l)];
    }
}
