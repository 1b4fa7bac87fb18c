using System.Text.Json.Nodes;
using Slipway.EndToEnd.Tests.CommandLine;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests.Mlflow;

/// <summary><c>slipway export mlflow</c> and <c>slipway import mlflow</c>: out of one namespace, into another, and out again.</summary>
public sealed class ImportTests
{
    [Theory]
    [InlineData("store.db")]
    [InlineData("mlruns")]
    public async Task ExportedStore_ImportsWithEverythingAndOnlyOnce(string name)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-import-").FullName;
        await using (var server = await SlipwayProcess.StartAsync(folder))
        {
            var address = server.Address.ToString().TrimEnd('/');
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
            var run = await FillAsync(http);
            var (store, again) = (Path.Combine(folder, name), Path.Combine(folder, "again", name));

            var exported = await SlipwayAsync("export", "mlflow", store, "--server", address, "-o", "json");
            var made = await http.PostAsync("api/v1/namespaces", Json("""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}"""), TestContext.Current.CancellationToken);
            var imported = await SlipwayAsync("import", "mlflow", store, "--server", address, "--namespace", "other", "-o", "json");
            var repeated = await SlipwayAsync("import", "mlflow", store, "--server", address, "--namespace", "other", "-o", "json");
            await SlipwayAsync("export", "mlflow", again, "--server", address, "--namespace", "other", "-o", "json");

            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal((1, 3, 1), ((int)exported["runs"]!, (int)exported["points"]!, (int)exported["files"]!));
            Assert.Equal((1, 3, 1), ((int)imported["runsSent"]!, (int)imported["points"]!, (int)imported["files"]!));
            Assert.Equal((1, 0, 0), ((int)repeated["runs"]!, (int)repeated["runsSent"]!, (int)repeated["files"]!));
            using var request = new HttpRequestMessage(HttpMethod.Get, $"get-artifact?run_id={run}&path=a.txt");
            request.Headers.Add("X-MLFLOW-WORKSPACE", "other");
            var file = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal("hello", await file.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.True(Directory.Exists(again) || File.Exists(again));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> FillAsync(HttpClient http)
    {
        var experiment = (string)(await PostAsync(http, "experiments/create", """{"name": "exported"}"""))["experiment_id"]!;
        var run = (string)(await PostAsync(http, "runs/create", $$"""{"experiment_id": "{{experiment}}", "run_name": "r", "start_time": 1}"""))["run"]!["info"]!["run_id"]!;
        await PostAsync(
            http, "runs/log-batch",
            $$"""
            {"run_id": "{{run}}", "params": [{"key": "lr", "value": "0.1"}],
             "metrics": [{"key": "a/b", "value": 1, "timestamp": 1}, {"key": "a/b", "value": "Infinity", "timestamp": 2, "step": 1}, {"key": "n", "value": "NaN", "timestamp": 2}]}
            """);
        await PostAsync(http, "registered-models/create", """{"name": "m"}""");
        await PostAsync(http, "model-versions/create", $$"""{"name": "m", "source": "mlflow-artifacts:/{{experiment}}/{{run}}/artifacts", "run_id": "{{run}}"}""");
        await PostAsync(http, "registered-models/alias", """{"name": "m", "alias": "best", "version": "1"}""");
        using var content = new StringContent("hello");
        var put = await http.PutAsync($"api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/a.txt", content, TestContext.Current.CancellationToken);
        Assert.True(put.IsSuccessStatusCode);
        return run;
    }

    private static async Task<JsonObject> PostAsync(HttpClient http, string path, string body)
    {
        var answer = await http.PostAsync($"api/2.0/mlflow/{path}", Json(body), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static async Task<JsonObject> SlipwayAsync(params string[] arguments)
    {
        var outcome = await Commands.RunAsync(Checkout.Launcher, arguments, new Dictionary<string, string> { ["no_proxy"] = "*" });
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return JsonNode.Parse(outcome.Text)!.AsObject();
    }
}
