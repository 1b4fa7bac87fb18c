using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>
/// How long a model that the server has never seen takes from being asked for to its first answer: as an InferenceService of a file, which is what kubectl sends, and sent along
/// with a load. The time is the caller's, from the first byte of the request to the last of the first answer.
/// </summary>
internal static class FirstAnswer
{
    /// <param name="models">Of each kind, 5 MB each, all different.</param>
    /// <param name="executable">Null for the published one.</param>
    public static async Task PrintAsync(int models, string? executable)
    {
        using var folder = new TempFolder();
        await using var server = await SlipwayServer.StartAsync(Path.Combine(folder.FullPath, "data"), executable);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
        var infer = Encoding.UTF8.GetString(Requests.Json([1, 512], Requests.Values(512)));
        Console.WriteLine("| 5 MB model to first answer | first ms | median ms | slowest ms after the first |\n| --- | --- | --- | --- |");

        var applied = new List<double>();
        for (var i = 0; i < models; i++)
        {
            var file = Path.Combine(folder.FullPath, $"a{i}.onnx");
            await File.WriteAllBytesAsync(file, Networks.FiveMegabytes(i));
            applied.Add(await TimeAsync(() => ApplyAsync(http, $"a{i}", file), http, $"a{i}", infer));
        }

        Print("InferenceService applied", applied);
        var sent = new List<double>();
        for (var i = 0; i < models; i++)
        {
            var body = new JsonObject
            {
                ["parameters"] = new JsonObject { ["file:1/model.onnx"] = Convert.ToBase64String(Networks.FiveMegabytes(1000 + i)) },
            }.ToJsonString();
            sent.Add(await TimeAsync(() => SendAsync(http, HttpMethod.Post, $"/v2/repository/models/s{i}/load", body, "application/json"), http, $"s{i}", infer));
        }

        Print("sent along with a load", sent);
    }

    private static async Task<double> TimeAsync(Func<Task> ask, HttpClient http, string model, string infer)
    {
        var began = Stopwatch.GetTimestamp();
        await ask();
        while (true)
        {
            using var answer = await http.PostAsync($"/v2/models/{model}/infer", new StringContent(infer, Encoding.UTF8, "application/json"));
            if (answer.IsSuccessStatusCode)
            {
                await answer.Content.ReadAsByteArrayAsync();
                return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Server-side apply, as kubectl does it.</summary>
    private static Task ApplyAsync(HttpClient http, string name, string file) => SendAsync(
        http, HttpMethod.Patch, $"/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/{name}?fieldManager=bench",
        $$$"""
        {"apiVersion":"serving.kserve.io/v1beta1","kind":"InferenceService","metadata":{"name":"{{{name}}}"},
         "spec":{"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"file://{{{file}}}"} } } }
        """,
        "application/apply-patch+yaml");

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, string body, string type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static void Print(string what, List<double> times)
    {
        double[] later = [.. times.Skip(1).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {times[0]:0} | {later[later.Length / 2]:0} | {later[^1]:0} |"));
    }
}
