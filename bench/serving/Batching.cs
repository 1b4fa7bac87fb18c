using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>The same load on the same model, with requests that share runs and without.</summary>
internal static class Batching
{
    public static async Task PrintAsync(double seconds, int rounds)
    {
        using var folder = new TempFolder();
        await using var server = await SlipwayServer.StartAsync(Path.Combine(folder.FullPath, "data"));
        var cases = new List<Case>();
        foreach (var (name, network, shape) in new (string, byte[], long[])[]
        {
            ("512-2048-2048-10", Networks.Wide(), [1, 512]), ("3x64x64 convolutions", Networks.Convolutional(), [1, 3, 64, 64]), ("30-64-64-2", Networks.Tabular(), [1, 30]),
        })
        {
            var (path, place) = (Path.Combine(folder.FullPath, $"{cases.Count}.onnx"), cases.Count);
            await File.WriteAllBytesAsync(path, network);
            await server.ApplyAsync($"off{place}", path, logged: false);
            await server.ApplyAsync($"on{place}", path, logged: false, ("batcher", new JsonObject { ["maxBatchSize"] = 32 }));
            var values = Requests.Values((int)shape.Aggregate((a, b) => a * b));
            foreach (var connections in new[] { 1, 8, 32 })
            {
                var off = $"{name}, {connections} connections";
                var (alone, shared) = (Requests.Binary($"off{place}", shape, values), Requests.Binary($"on{place}", shape, values));
                cases.Add(new Case(off, null, s => Load.RunAsync(server.Port, server.Process, alone, connections, s)));
                cases.Add(new Case($"{off}, batching", off, s => Load.RunAsync(server.Port, server.Process, shared, connections, s)));
            }
        }

        var measured = cases.ToDictionary(c => c.Name, _ => new List<Figures>());
        for (var round = -1; round < rounds; round++)
        {
            foreach (var one in cases)
            {
                var figures = await one.Measure(seconds);
                if (round >= 0)
                {
                    measured[one.Name].Add(figures);
                }
            }
        }

        Console.WriteLine("| | requests/s | CPU us | p50 ms | p99 ms | throughput beside |\n| --- | --- | --- | --- | --- | --- |");
        foreach (var (name, beside, _) in cases)
        {
            var f = Median(measured[name]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {f.PerSecond:F0} | {f.Cpu:F1} | {f.P50:F3} | {f.P99:F2} | {(beside is null ? "" : $"{f.PerSecond / Median(measured[beside]).PerSecond:F2}")} |"));
        }
    }

    private static Figures Median(List<Figures> figures) => figures.OrderBy(f => f.PerSecond).ElementAt(figures.Count / 2);
}
