using System.Globalization;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>Does anything stay behind? Requests of all three kinds in ten parts, and what the server's process holds after each.</summary>
internal static class Growth
{
    private const int Parts = 10;

    /// <param name="requests">In all; ten million take a quarter of an hour.</param>
    public static async Task RunAsync(long requests)
    {
        using var folder = new TempFolder();
        var model = Path.Combine(folder.FullPath, "tabular.onnx");
        await File.WriteAllBytesAsync(model, Networks.Tabular());
        await using var server = await SlipwayServer.StartAsync(Path.Combine(folder.FullPath, "data"));
        await server.ApplyAsync("m", model, logged: false);
        var row = Requests.Values(30);
        var (json, binary, message) = (Load.Post("/v2/models/m/infer", Requests.Json([1, 30], row)), Requests.Binary("m", [1, 30], row), GrpcMessage.Of("m", "x", [1, 30], row));
        Console.WriteLine("| requests so far | resident MB |\n| --- | --- |");
        var (done, part) = (0L, 1);
        while (done < requests)
        {
            foreach (var load in new Func<Task<Figures>>[]
            {
                () => Load.RunAsync(server.Port, server.Process, json, 8, 1), () => Load.RunAsync(server.Port, server.Process, binary, 8, 1),
                () => Http2Load.RunAsync(server.GrpcPort, server.Process, message, 2, 8, 1),
            })
            {
                // What its warm-up sent is not counted: that errs on the safe side.
                done += (long)(await load()).PerSecond;
            }

            if (done >= requests * part / Parts)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {done} | {Resident(server.Process) >> 20} |"));
                part = (int)(done * Parts / requests) + 1;
            }
        }
    }

    private static long Resident(int process)
    {
        using var running = System.Diagnostics.Process.GetProcessById(process);
        return running.WorkingSet64;
    }
}
