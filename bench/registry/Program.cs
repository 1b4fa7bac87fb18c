using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Slipway.Bench.Tracking;
using Slipway.Conformance;

// The published program as a user has it, called as MLflow's clients and our own pages call it: `SLIPWAY_BUILD_ONLY=1 ./slipway` builds it.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
const int Models = 10_000;

using var data = new TempFolder();
var port = SlipwayProgram.FreePort();
using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/2.0/mlflow/") };
using var root = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
await using var server = SlipwayProgram.Up(data.FullPath, port);
await server.ReadyAsync(root, TimeProvider.System, CancellationToken.None);
var load = new Load(http, server.Id);

// 10,000 models with a tag each, and every tenth with two versions.
var seeding = Stopwatch.GetTimestamp();
await Parallel.ForEachAsync(Enumerable.Range(0, Models), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await SeedAsync(i));
Console.WriteLine($"seeded {Models} models in {Stopwatch.GetElapsedTime(seeding).TotalSeconds:F1} s");

Console.WriteLine("| call | connections | requests/s | p50 ms | p99 ms | CPU ms/request | KiB/answer |\n|---|---|---|---|---|---|---|");
var next = 0;
foreach (var connections in new[] { 1, 8 })
{
    await load.RunAsync("model-versions/create", connections, 1000, () => Version(Interlocked.Increment(ref next) % 100));
    await load.RunAsync("alias moved", connections, 1000, () =>
    {
        var n = Interlocked.Increment(ref next);
        return Send(HttpMethod.Post, "registered-models/alias", $$"""{"name": "model-{{n % 100 * 10}}", "alias": "champion", "version": "{{1 + (n / 100 % 2)}}"}""");
    });
    await load.RunAsync("version by alias", connections, 2000, () => Get($"registered-models/alias?name=model-{Interlocked.Increment(ref next) % 100 * 10}&alias=champion"));
    await load.RunAsync("registered-models/get", connections, 2000, () => Get($"registered-models/get?name=model-{Interlocked.Increment(ref next) % Models}"));
}

await load.RunAsync("models by part of a name, 100 of 10,000", 1, 200, () => Get("registered-models/search?max_results=100&filter=" + Uri.EscapeDataString("name LIKE 'model-77%'")));
await load.RunAsync("models by tag, 100 of 10,000", 1, 200, () => Get("registered-models/search?max_results=100&filter=" + Uri.EscapeDataString("tags.team = 'team 7'")));
await load.RunAsync("models by name, a page of 100", 1, 200, () => Get("registered-models/search?max_results=100"));
await load.RunAsync("newest versions, a page of 100", 1, 200, () => Get("model-versions/search?max_results=100&order_by=" + Uri.EscapeDataString("creation_timestamp DESC")));
await load.RunAsync("our catalog by text", 1, 200, () => new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/api/slipway/v1/namespaces/default/model-catalog?text=model-77"));
Console.WriteLine($"memory (RSS) after all that: {Load.ResidentMegabytes(server.Id):F0} MB");

async Task SeedAsync(int i)
{
    await OkAsync(Send(HttpMethod.Post, "registered-models/create", $$"""{"name": "model-{{i}}", "description": "number {{i}}", "tags": [{"key": "team", "value": "team {{i % 50}}"}]}"""));
    for (var version = 0; version < 2 && i % 10 == 0; version++)
    {
        await OkAsync(Version(i / 10));
    }
}

async Task OkAsync(HttpRequestMessage request)
{
    using var sent = request;
    using var answer = await http.SendAsync(sent);
    answer.EnsureSuccessStatusCode();
}

static HttpRequestMessage Version(int tens) => Send(
    HttpMethod.Post, "model-versions/create", $$"""{"name": "model-{{tens * 10}}", "source": "mlflow-artifacts:/1/run/artifacts/model", "tags": [{"key": "stage", "value": "trial"}]}""");

static HttpRequestMessage Send(HttpMethod method, string path, string body)
{
    var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    return new HttpRequestMessage(method, path) { Content = content };
}

static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);
