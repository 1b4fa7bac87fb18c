using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Engines.Onnx;

namespace Slipway.Bench.Serving;

/// <summary>
/// Slipway beside the yardsticks, in one run on one machine. The figure to trust is processor time per request of the server's process: it hardly
/// depends on what else the machine does, while requests per second and latencies do.
/// </summary>
internal static class Comparison
{
    private static readonly int[] Connections = [1, 8, 32];

    public static async Task RunAsync(double seconds)
    {
        using var folder = new TempFolder();
        var (tabular, heavy) = (Path.Combine(folder.FullPath, "tabular.onnx"), Path.Combine(folder.FullPath, "heavy.onnx"));
        await File.WriteAllBytesAsync(tabular, Networks.Tabular());
        await File.WriteAllBytesAsync(heavy, Networks.Convolutional());
        var (row, image) = (Values(30), Values(3 * 64 * 64));
        var json = Json([1, 30], row);

        await YardstickAsync(["echo"], "echo", json, seconds);
        await YardstickAsync(["probe", tabular], "probe", json, seconds);
        await SlipwayAsync(folder, tabular, heavy, row, image, seconds);
        Bare(tabular, "bare runtime, one row", [1, 30], row, seconds);
        Bare(heavy, "bare runtime, 3x64x64", [1, 3, 64, 64], image, seconds);
    }

    private static async Task YardstickAsync(string[] arguments, string name, byte[] body, double seconds)
    {
        var port = SlipwayProgram.FreePort();
        using var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [arguments[0], port.ToString(CultureInfo.InvariantCulture), .. arguments.Skip(1)]) { RedirectStandardOutput = true })!;
        try
        {
            await ReadyAsync(port);
            foreach (var connections in Connections)
            {
                Say($"{name}, JSON, {connections} connections", await Load.RunAsync(port, process.Id, Load.Post("/v2/models/m/infer", body), connections, seconds));
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task SlipwayAsync(TempFolder folder, string tabular, string heavy, float[] row, float[] image, double seconds)
    {
        var (port, grpc) = (SlipwayProgram.FreePort(), SlipwayProgram.FreePort());
        await using var server = SlipwayProgram.Start(
            "up", "--data", Path.Combine(folder.FullPath, "data"), "--port", port.ToString(CultureInfo.InvariantCulture), "--grpc-port", grpc.ToString(CultureInfo.InvariantCulture));
        await ReadyAsync(port);
        await ApplyAsync(port, "m", tabular, logged: false);
        await ApplyAsync(port, "logged", tabular, logged: true);
        await ApplyAsync(port, "heavy", heavy, logged: false);
        var (one, oneBinary) = (Load.Post("/v2/models/m/infer", Json([1, 30], row)), Binary("m", [1, 30], row));
        foreach (var connections in Connections)
        {
            Say($"Slipway, JSON, {connections} connections", await Load.RunAsync(port, server.Id, one, connections, seconds));
        }

        Say("Slipway, JSON and payload log, 8 connections", await Load.RunAsync(port, server.Id, Load.Post("/v2/models/logged/infer", Json([1, 30], row)), 8, seconds));
        Say("Slipway, binary, 8 connections", await Load.RunAsync(port, server.Id, oneBinary, 8, seconds));
        Say("Slipway, gRPC, 8 connections", await GrpcLoad.RunAsync(grpc, server.Id, GrpcLoad.Message("m", "x", [1, 30], row), 8, seconds));
        Say("Slipway, 3x64x64 JSON, 2 connections", await Load.RunAsync(port, server.Id, Load.Post("/v2/models/heavy/infer", Json([1, 3, 64, 64], image)), 2, seconds));
        Say("Slipway, 3x64x64 binary, 2 connections", await Load.RunAsync(port, server.Id, Binary("heavy", [1, 3, 64, 64], image), 2, seconds));
        Say("Slipway, 3x64x64 gRPC, 2 connections", await GrpcLoad.RunAsync(grpc, server.Id, GrpcLoad.Message("heavy", "x", [1, 3, 64, 64], image), 2, seconds));
    }

    private static void Bare(string path, string name, long[] shape, float[] values, double seconds)
    {
        using var model = OnnxModel.Load(path).OrThrow();
        var (runs, until) = (0, Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency));
        var before = Environment.CpuUsage.TotalTime;
        while (Stopwatch.GetTimestamp() < until)
        {
            using var outputs = model.Run([OnnxInput.From("x", values, shape)]).OrThrow();
            runs++;
        }

        Console.WriteLine($"| {name} | {runs / seconds:F0} | {(Environment.CpuUsage.TotalTime - before).TotalMicroseconds / runs:F1} | | |");
    }

    private static async Task ApplyAsync(int port, string name, string model, bool logged)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var service = new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1",
            ["kind"] = "InferenceService",
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["slipway.dev/prediction-log"] = logged ? "all" : "off" } },
            ["spec"] = new JsonObject
            {
                ["predictor"] = new JsonObject
                {
                    ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = "file://" + model },
                },
            },
        };
        using var created = await http.PostAsync(
            "/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new StringContent(service.ToJsonString(), Encoding.UTF8, "application/json"));
        created.EnsureSuccessStatusCode();
        while (!(await http.GetAsync($"/v2/models/{name}/ready")).IsSuccessStatusCode)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task ReadyAsync(int port)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                if ((await http.GetAsync($"http://127.0.0.1:{port}/readyz")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    private static float[] Values(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => MathF.Round(random.NextSingle() * 10, 3))];
    }

    private static byte[] Json(long[] shape, float[] values) => Encoding.UTF8.GetBytes(
        $$$"""{"id":"1","inputs":[{"name":"x","shape":[{{{string.Join(',', shape)}}}],"datatype":"FP32","data":{{{JsonSerializer.Serialize(values)}}}}]}""");

    private static byte[] Binary(string model, long[] shape, float[] values)
    {
        var raw = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
        var header = Encoding.UTF8.GetBytes(
            $$$"""{"id":"1","parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[{{{string.Join(',', shape)}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{raw.Length}}}}}]}""");
        return Load.Post($"/v2/models/{model}/infer", [.. header, .. raw], "application/octet-stream", $"Inference-Header-Content-Length: {header.Length}");
    }

    private static void Say(string what, Figures figures) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {what} | {figures.PerSecond:F0} | {figures.Cpu:F1} | {figures.P50:F3} | {figures.P99:F2} |"));
}
