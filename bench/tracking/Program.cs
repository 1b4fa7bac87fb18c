using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Bench.Tracking;
using Slipway.Conformance;

// The published program as a user has it, called as MLflow's clients call it: `SLIPWAY_BUILD_ONLY=1 ./slipway` builds it.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (args is ["postgres", ..])
{
    await ManyRuns.RunAsync(args);
    return;
}

const int Runs = 10_000;
const int Points = 100_000;

using var data = new TempFolder();
var port = SlipwayProgram.FreePort();
using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/2.0/mlflow/") };
using var root = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
await using var server = SlipwayProgram.Up(data.FullPath, port);
await server.ReadyAsync(root, TimeProvider.System, CancellationToken.None);
var load = new Load(http, server.Id);

// The same data as the baseline: one experiment of 10,000 runs with 2 metrics, 2 params and a tag each, and a metric of 100,000 points.
var experiment = (string)(await PostAsync("experiments/create", """{"name": "bench"}"""))["experiment_id"]!;
var seeding = Stopwatch.GetTimestamp();
var ids = new string[Runs];
await Parallel.ForEachAsync(Enumerable.Range(0, Runs), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => ids[i] = await SeedAsync(i));
Console.WriteLine($"seeded {Runs} runs in {Stopwatch.GetElapsedTime(seeding).TotalSeconds:F1} s");
for (var batch = 0; batch < Points / 1000; batch++)
{
    await PostAsync("runs/log-batch", $$"""{"run_id": "{{ids[0]}}", "metrics": [{{Batch("history", batch * 1000)}}]}""");
}

Console.WriteLine("| call | connections | requests/s | p50 ms | p99 ms | CPU ms/request | KiB/answer |\n|---|---|---|---|---|---|---|");
var step = 0;
foreach (var connections in new[] { 1, 8 })
{
    await load.RunAsync("log-metric", connections, 4000, () =>
    {
        var n = Interlocked.Increment(ref step);
        return Post("runs/log-metric", $$"""{"run_id": "{{ids[n % 100]}}", "key": "m", "value": {{n}}, "timestamp": {{n}}, "step": {{n}}}""");
    });
}

foreach (var connections in new[] { 1, 8 })
{
    await load.RunAsync("log-batch 1000 metrics", connections, 300, () =>
    {
        var n = Interlocked.Increment(ref step);
        return Post("runs/log-batch", $$"""{"run_id": "{{ids[n % 100]}}", "metrics": [{{Batch("b", n * 1000)}}]}""");
    });
}

foreach (var connections in new[] { 1, 8 })
{
    await load.RunAsync("runs/create", connections, 2000, () => Post("runs/create", """{"experiment_id": "0", "start_time": 1, "tags": [{"key": "a", "value": "b"}]}"""));
    await load.RunAsync("runs/get", connections, 3000, () => Get($"runs/get?run_id={ids[Interlocked.Increment(ref step) % Runs]}"));
}

var sorted = $$"""{"experiment_ids": ["{{experiment}}"], "filter": "metrics.loss < 0.5", "order_by": ["metrics.acc DESC"], "max_results": 100}""";
var narrow = $$"""{"experiment_ids": ["{{experiment}}"], "filter": "metrics.loss < 0.005", "order_by": ["metrics.acc DESC"], "max_results": 100}""";
var three = $$"""{"experiment_ids": ["{{experiment}}"], "filter": "metrics.acc > 0.5 AND params.lr = '0.1' AND tags.team = 'red'", "max_results": 100}""";
foreach (var connections in new[] { 1, 8 })
{
    await load.RunAsync("runs/search filter+order_by, 100 of 10k", connections, 300, () => Post("runs/search", sorted));
}

await load.RunAsync("the same, 1 run in 200 passes", 1, 100, () => Post("runs/search", narrow));
await load.RunAsync("runs/search 3 clauses, 100 of 10k", 1, 300, () => Post("runs/search", three));
await load.RunAsync("runs/search 1000 of 10k", 1, 50, () => Post("runs/search", $$"""{"experiment_ids": ["{{experiment}}"], "max_results": 1000}"""));
await load.RunAsync("metrics/get-history 100k points", 1, 20, () => Get($"metrics/get-history?run_id={ids[0]}&metric_key=history"));
await load.RunAsync("metrics/get-history client page 25k", 1, 40, () => Get($"metrics/get-history?run_id={ids[0]}&metric_key=history&max_results=25000"));
await load.RunAsync("metrics/get-history page of 1000", 8, 1000, () => Get($"metrics/get-history?run_id={ids[0]}&metric_key=history&max_results=1000"));
await load.RunAsync("metrics bulk-interval 320", 1, 30, () => Get($"metrics/get-history-bulk-interval?run_ids={ids[0]}&metric_key=history&max_results=320"));
await load.RunAsync("our chart of the 100k points, 1000 points", 1, 200, () => new HttpRequestMessage(
    HttpMethod.Get, $"http://127.0.0.1:{port}/api/slipway/v1/namespaces/default/runs/{ids[0]}/metric-chart?key=history&points=1000"));
await load.RunAsync("experiments/search", 8, 2000, () => Post("experiments/search", """{"max_results": 100}"""));
Console.WriteLine($"memory (RSS) after all that: {Load.ResidentMegabytes(server.Id):F0} MB");

async Task<string> SeedAsync(int i)
{
    var random = new Random(i);
    var made = await PostAsync("runs/create", $$"""{"experiment_id": "{{experiment}}", "start_time": {{1_700_000_000_000 + i}}, "run_name": "run {{i}}"}""");
    var id = (string)made["run"]!["info"]!["run_id"]!;
    await PostAsync("runs/log-batch", $$"""
        {"run_id": "{{id}}", "metrics": [{"key": "acc", "value": {{random.NextDouble():R}}, "timestamp": 1, "step": 1}, {"key": "loss", "value": {{random.NextDouble():R}}, "timestamp": 1, "step": 1}],
         "params": [{"key": "lr", "value": "{{(i % 3 == 0 ? "0.1" : "0.01")}}"}, {"key": "depth", "value": "{{i % 10}}"}], "tags": [{"key": "team", "value": "{{(i % 2 == 0 ? "red" : "blue")}}"}]}
        """);
    return id;
}

static string Batch(string key, int from) =>
    string.Join(',', Enumerable.Range(from, 1000).Select(i => $$"""{"key": "{{key}}", "value": {{Math.Sin(i):R}}, "timestamp": {{1_700_000_000_000 + i}}, "step": {{i}}}"""));

async Task<JsonNode> PostAsync(string path, string body)
{
    using var request = Post(path, body);
    using var answer = await http.SendAsync(request);
    answer.EnsureSuccessStatusCode();
    return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
}

static HttpRequestMessage Post(string path, string body)
{
    var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
}

static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);
