using System.Diagnostics;
using System.Globalization;
using Slipway.Conformance;
using Slipway.Engines.Onnx;

namespace Slipway.Bench.Serving;

/// <summary>
/// Slipway beside the yardsticks, all up at once, measured in turn for several rounds; medians. The figure to trust is processor time per request of
/// the server's process: it hardly depends on what else the machine does, while requests per second and latencies do.
/// </summary>
/// <param name="warmUp">Seconds per case that are not counted, at least.</param>
/// <param name="only">Parts of names, between bars; empty for all.</param>
/// <param name="before">Another build's program, measured in turn with the published one; null for none.</param>
internal sealed class Comparison(double seconds, int rounds, double warmUp, string only, string? before) : IAsyncDisposable
{
    private const string Json = ", JSON, 8 connections";

    private readonly TempFolder _folder = new();
    private readonly List<Case> _cases = [];
    private readonly List<IAsyncDisposable> _running = [];

    public async Task RunAsync()
    {
        var (tabular, heavy) = (Path.Combine(_folder.FullPath, "tabular.onnx"), Path.Combine(_folder.FullPath, "heavy.onnx"));
        await File.WriteAllBytesAsync(tabular, Networks.Tabular());
        var other = Path.Combine(_folder.FullPath, "other.onnx");
        await File.WriteAllBytesAsync(other, Networks.Tabular(seed: 2));
        await File.WriteAllBytesAsync(heavy, Networks.Convolutional());
        var (row, image) = (Requests.Values(30), Requests.Values(3 * 64 * 64));
        if (only.Length == 0 || only.Contains("probe", StringComparison.Ordinal) || only.Contains("echo", StringComparison.Ordinal))
        {
            await AddYardsticksAsync(tabular, row);
        }

        await AddSlipwayAsync("Slipway", null, tabular, other, heavy, row, image);
        if (before is not null)
        {
            await AddSlipwayAsync("before", before, tabular, other, heavy, row, image);
        }

        AddBare(tabular, "bare runtime, one row, 1 thread", [1, 30], row, 1);
        AddBare(heavy, "bare runtime, 3x64x64, 2 threads", [1, 3, 64, 64], image, 2);
        Print(await MeasureAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _running)
        {
            await program.DisposeAsync();
        }

        _folder.Dispose();
    }

    public static Figures Medians(List<Figures> figures) => new(
        Median(figures, f => f.PerSecond), Median(figures, f => f.Cpu), Median(figures, f => f.P50), Median(figures, f => f.P99));

    private async Task AddYardsticksAsync(string tabular, float[] row)
    {
        var request = Load.Post("/v2/models/m/infer", Requests.Json([1, 30], row));
        foreach (var (name, arguments) in new (string, string[])[] { ("echo", []), ("probe", [tabular]) })
        {
            var program = await StartAsync(name, arguments);
            foreach (var connections in new[] { 1, 8, 32 })
            {
                Add($"{name}, JSON, {connections} connections", connections > 1 && name == "echo" ? $"probe, JSON, {connections} connections" : null,
                    s => Load.RunAsync(program.Port, program.Process, request, connections, s));
            }
        }

        var (http2, message) = (await StartAsync("http2", []), GrpcMessage.Of("m", "x", [1, 30], row));
        foreach (var (connections, streams) in new[] { (8, 1), (1, 8), (2, 16) })
        {
            Add($"echo, gRPC, {connections}x{streams}", "Slipway" + Json, s => Http2Load.RunAsync(http2.Port, http2.Process, message, connections, streams, s));
        }
    }


    private async Task AddSlipwayAsync(string title, string? executable, string tabular, string other, string heavy, float[] row, float[] image)
    {
        var server = await SlipwayServer.StartAsync(Path.Combine(_folder.FullPath, title), executable);
        _running.Add(server);
        await server.ApplyAsync("m", tabular, logged: false);
        await server.ApplyAsync("logged", tabular, logged: true);
        await server.ApplyAsync("heavy", heavy, logged: false);
        await server.ApplySplitAsync("split", tabular, other);
        var json = Requests.Json([1, 30], row);
        foreach (var connections in new[] { 1, 8, 32 })
        {
            Http($", JSON, {connections} connections", $"probe, JSON, {connections} connections", Load.Post("/v2/models/m/infer", json), connections);
        }

        // Without ids, as callers send them: rows of one id would be one row, and one bucket of the split.
        var anonymous = Requests.Json([1, 30], row, withId: false);
        Http(", JSON and payload log, 8 connections", "probe, JSON, 8 connections", Load.Post("/v2/models/logged/infer", anonymous), 8);
        Http(", JSON, payload log and 50/50 split, 8 connections", "probe, JSON, 8 connections", Load.Post("/v2/models/split/infer", anonymous), 8);
        Http(", binary, 8 connections", title + Json, Requests.Binary("m", [1, 30], row), 8);
        foreach (var (connections, streams) in new[] { (8, 1), (1, 8), (2, 16) })
        {
            Grpc($", gRPC, {connections}x{streams}", title + Json, "m", [1, 30], row, connections, streams);
        }

        Http(", 3x64x64 JSON, 2 connections", "bare runtime, 3x64x64, 2 threads", Load.Post("/v2/models/heavy/infer", Requests.Json([1, 3, 64, 64], image)), 2);
        Http(", 3x64x64 binary, 2 connections", "bare runtime, 3x64x64, 2 threads", Requests.Binary("heavy", [1, 3, 64, 64], image), 2);
        Grpc(", 3x64x64 gRPC, 2x1", "bare runtime, 3x64x64, 2 threads", "heavy", [1, 3, 64, 64], image, 2, 1);

        void Http(string name, string beside, byte[] request, int connections) =>
            Add(title + name, beside, s => Load.RunAsync(server.Port, server.Process, request, connections, s));

        void Grpc(string name, string beside, string model, long[] shape, float[] values, int connections, int streams) =>
            Add(title + name, beside, s => Http2Load.RunAsync(server.GrpcPort, server.Process, GrpcMessage.Of(model, "x", shape, values), connections, streams, s));
    }

    private void AddBare(string path, string name, long[] shape, float[] values, int threads)
    {
        var model = OnnxModel.Load(path).OrThrow();
        Add(name, null, async s =>
        {
            var before = Environment.CpuUsage.TotalTime;
            var until = Stopwatch.GetTimestamp() + (long)(s * Stopwatch.Frequency);
            var runs = (await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() => RunUntil(model, shape, values, until))))).Sum();
            return new Figures(runs / s, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / runs, 0, 0);
        });
    }

    private static int RunUntil(OnnxModel model, long[] shape, float[] values, long until)
    {
        var runs = 0;
        for (; Stopwatch.GetTimestamp() < until; runs++)
        {
            model.Run([OnnxInput.From("x", values, shape)]).OrThrow().Dispose();
        }

        return runs;
    }

    private void Add(string name, string? beside, Func<double, Task<Figures>> measure)
    {
        if (Wants(name))
        {
            _cases.Add(new Case(name, beside, measure));
        }
    }

    private bool Wants(string name) => only.Split('|').Any(o => name.Contains(o, StringComparison.OrdinalIgnoreCase));

    private async Task<YardstickProgram> StartAsync(string name, string[] arguments)
    {
        var program = await YardstickProgram.StartAsync(name, arguments);
        _running.Add(program);
        return program;
    }

    private async Task<Dictionary<string, Figures>> MeasureAsync()
    {
        var all = _cases.ToDictionary(c => c.Name, _ => new List<Figures>());
        // What runs hot is compiled again and again while it runs, by a thread that shares the cores: one round, a long one, is not counted.
        for (var round = -1; round < rounds; round++)
        {
            foreach (var one in _cases)
            {
                Console.Error.Write($"\r{one.Name}, round {round}   ");
                var figures = await one.Measure(round < 0 ? Math.Max(seconds, warmUp) : seconds);
                if (round >= 0)
                {
                    all[one.Name].Add(figures);
                }
            }
        }

        return all.ToDictionary(a => a.Key, a => Medians(a.Value));
    }

    private void Print(Dictionary<string, Figures> measured)
    {
        Console.WriteLine("| | requests/s | CPU us | p50 ms | p99 ms | CPU beside |\n| --- | --- | --- | --- | --- | --- |");
        foreach (var (name, beside, _) in _cases)
        {
            var f = measured[name];
            var ratio = beside is not null && measured.TryGetValue(beside, out var other)
                ? string.Create(CultureInfo.InvariantCulture, $"{f.Cpu / other.Cpu:F2} of {beside}")
                : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {f.PerSecond:F0} | {f.Cpu:F1} | {f.P50:F3} | {f.P99:F2} | {ratio} |"));
        }
    }

    private static double Median(List<Figures> figures, Func<Figures, double> of) => figures.Select(of).Order().ElementAt(figures.Count / 2);
}
