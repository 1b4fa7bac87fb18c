using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>The program that users start, with models in it.</summary>
internal sealed class SlipwayServer : IAsyncDisposable
{
    private readonly Process _program;

    private SlipwayServer(Process program, int port, int grpcPort) => (_program, Port, GrpcPort) = (program, port, grpcPort);

    public int Port { get; }

    public int GrpcPort { get; }

    public int Process => _program.Id;

    /// <param name="executable">Null for the published one.</param>
    public static async Task<SlipwayServer> StartAsync(string data, string? executable = null)
    {
        var (port, grpc) = (SlipwayProgram.FreePort(), SlipwayProgram.FreePort());
        var start = new ProcessStartInfo(executable ?? SlipwayProgram.Executable, ["up", "--data", data, "--port", Text(port), "--grpc-port", Text(grpc)])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["SLIPWAY_HOME"] = SlipwayProgram.Root;
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        var program = System.Diagnostics.Process.Start(start)!;
        _ = program.StandardOutput.ReadToEndAsync();
        await YardstickProgram.ReadyAsync(port);
        return new SlipwayServer(program, port, grpc);
    }

    /// <summary>Applies an InferenceService and waits until it answers.</summary>
    /// <param name="fields">Of its predictor, beside the model.</param>
    public Task ApplyAsync(string name, string model, bool logged, params (string Name, JsonNode Value)[] fields) => ApplyAsync(name, model, logged, null, fields);

    /// <summary>Applies an InferenceService whose callers are split evenly between two models, logged, and waits until it answers.</summary>
    public Task ApplySplitAsync(string name, string model, string other) => ApplyAsync(
        name, model, logged: true, new JsonArray(new JsonObject { ["trafficPercent"] = 50, ["predictor"] = Predictor(other, "other") }));

    private async Task ApplyAsync(string name, string model, bool logged, JsonArray? canaries, params (string Name, JsonNode Value)[] fields)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        var service = new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1",
            ["kind"] = "InferenceService",
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["slipway.dev/prediction-log"] = logged ? "all" : "off" } },
            ["spec"] = new JsonObject { ["predictor"] = Predictor(model, null) },
        };
        if (canaries is not null)
        {
            service["spec"]!["canary"] = canaries;
        }

        foreach (var (field, value) in fields)
        {
            service["spec"]!["predictor"]![field] = value;
        }

        using var created = await http.PostAsync(
            "/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new StringContent(service.ToJsonString(), Encoding.UTF8, "application/json"));
        created.EnsureSuccessStatusCode();
        while (!(await http.GetAsync($"/v2/models/{name}/ready")).IsSuccessStatusCode)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Gives a service another model, as an update of its manifest, and waits until both revisions are there.</summary>
    public async Task ReplaceAsync(string name, string model, Action<JsonNode> change)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        var path = $"/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/{name}";
        while (true)
        {
            var service = JsonNode.Parse(await http.GetStringAsync(path))!;
            service["spec"]!["predictor"]!["model"]!["storageUri"] = "file://" + model;
            change(service);
            using var replaced = await http.PutAsync(path, new StringContent(service.ToJsonString(), Encoding.UTF8, "application/json"));
            if (replaced.IsSuccessStatusCode)
            {
                break;
            }
        }

        while (((await http.GetStringAsync("/metrics")).Split('\n').Count(
            l => l.StartsWith("slipway_serving_model_loaded{", StringComparison.Ordinal) && l.Contains($"model=\"{name}\"", StringComparison.Ordinal))) < 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _program.Kill();
        await _program.WaitForExitAsync();
        _program.Dispose();
    }

    private static JsonObject Predictor(string model, string? name)
    {
        var predictor = new JsonObject { ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = "file://" + model } };
        if (name is not null)
        {
            predictor["name"] = name;
        }

        return predictor;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
