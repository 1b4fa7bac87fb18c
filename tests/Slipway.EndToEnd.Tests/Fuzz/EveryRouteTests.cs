using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Fuzz;

/// <summary>Whatever is sent to the real server, on whichever route: it answers in words, never with an error of its own, and stays up.</summary>
public sealed partial class EveryRouteTests : ServerOfItsOwn
{
    private const int RequestsPerRoute = 60;

    [Fact]
    public async Task Noise_on_every_route_Is_answered_in_words_and_never_with_a_fault_of_the_server()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var routes = ListedRoutes();
        Assert.True(routes.Count > 40, $"docs/routes.md lists {routes.Count} routes");
        var (words, kinds) = await KnownAsync(cancellation);
        await SeedAsync(cancellation);
        var noise = new Noise(new Random(20_260_101), words, kinds);
        var faults = new List<string>();
        var statuses = new SortedDictionary<int, int>();
        foreach (var (method, path) in routes)
        {
            // The resource API is one route for every kind there is.
            var requests = path.Contains("{**", StringComparison.Ordinal) ? 15 * RequestsPerRoute : RequestsPerRoute;
            for (var i = 0; i < requests; i++)
            {
                var request = noise.For(method, path);
                var answer = await AnswerAsync(request, cancellation);
                statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
                if (FaultOf(request, answer) is { } fault)
                {
                    faults.Add($"{fault}: {request}\n    {answer.Status} {answer.Body}");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{routes.Count} routes: {string.Join(", ", statuses.Select(s => $"{s.Value} x {s.Key}"))}");
        Assert.True(faults.Count == 0, $"{faults.Count} faults, such as\n{string.Join("\n", faults.DistinctBy(KindOf).Take(40))}\n{Tail(Server.Errors)}");
        Assert.True(statuses.GetValueOrDefault(200) + statuses.GetValueOrDefault(201) > 100, "hardly anything was accepted, so hardly anything was reached");
        await Server.ReadyAsync(Client, TimeProvider.System, cancellation);
    }

    [Fact]
    public async Task Body_larger_than_any_limit_Is_refused_in_words_on_every_route_that_takes_one()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var large = new byte[65 << 20];
        Array.Fill(large, (byte)' ');
        "{\"a\":1,"u8.CopyTo(large);
        foreach (var (method, path) in ListedRoutes().Where(r => (r.Method is "POST" or "PUT" or "PATCH") && !TakesAnySize(r.Path)))
        {
            var target = Hole().Replace(path.Replace("{**rest}", "namespaces/default/configmaps", StringComparison.Ordinal), "x").Replace("/{group}/{version}", "/v1", StringComparison.Ordinal);
            var answer = await AnswerAsync(new RawRequest(method, target, "application/json", large), cancellation);
            Assert.True(answer.Status is 0 or (>= 400 and < 500), $"{method} {target}: {answer.Status} {answer.Body}");
        }

        await Server.ReadyAsync(Client, TimeProvider.System, cancellation);
    }

    /// <summary>What is wrong, and the first parts of the path: one line for each such.</summary>
    private static string KindOf(string fault) => string.Join('/', fault.Split('?')[0].Split('/').Take(6));

    private async Task<RawAnswer> AnswerAsync(RawRequest request, CancellationToken cancellation)
    {
        try
        {
            return await RawHttp.SendAsync(Port, request, cancellation);
        }
        catch (TimeoutException late)
        {
            return new RawAnswer(-1, "", late.Message);
        }
    }

    private static string? FaultOf(RawRequest request, RawAnswer answer) => answer.Status switch
    {
        -1 => "hangs",
        0 => "is closed without an answer",
        503 => answer.Body.Any(char.IsLetter) ? null : "has no words",
        501 => null,
        >= 500 => "is the server's own fault",
        >= 400 when !answer.Body.Any(char.IsLetter) && !IsRefusedBeforeRouting(request) && !SpeaksByStatus(request) => "has no words",
        _ => null,
    };

    /// <summary>What is not HTTP (RFC 9112) Kestrel refuses before any of our code, without a body: a line over 8 KB, raw control or non-ASCII bytes, NUL.</summary>
    private static bool IsRefusedBeforeRouting(RawRequest request) =>
        request.Target.Length > 8_000 || request.Target.Any(c => c is < '!' or > '~') || request.Target.Contains("%00", StringComparison.Ordinal);

    /// <summary>HEAD has no body at all, and SageMaker's ping, which MLflow also calls health, asks for a line break.</summary>
    private static bool SpeaksByStatus(RawRequest request) =>
        request.Method == "HEAD" || request.Target.Split('?')[0].Split('/')[^1] is "ping" or "health";

    /// <summary>Artifacts are streamed to the disk however large they are; a collection reads no body.</summary>
    private static bool TakesAnySize(string path) =>
        path.Contains("/mlflow-artifacts/", StringComparison.Ordinal) || path.EndsWith("/tracking/collect", StringComparison.Ordinal);

    private static List<(string Method, string Path)> ListedRoutes() =>
    [
        .. RouteLine().Matches(File.ReadAllText(Path.Combine(SlipwayProgram.Root, "docs", "routes.md")))
            .SelectMany(m => (m.Groups[1].Value == "*" ? ["GET", "POST", "PUT", "PATCH", "DELETE"] : new[] { m.Groups[1].Value }).Select(method => (method, m.Groups[2].Value))),
    ];

    /// <summary>One thing of a few sorts, so that not everything ends at "not found".</summary>
    private async Task SeedAsync(CancellationToken cancellation)
    {
        using var table = new StringContent("at,a,y\n2020-01-01,1,2\n2020-01-02,2,4\n", Encoding.ASCII, "text/csv");
        using var uploaded = await Client.PostAsync(new Uri($"api/slipway/v1/namespaces/default/datasets/{Noise.Seeded}/versions", UriKind.Relative), table, cancellation);
        Assert.True(uploaded.IsSuccessStatusCode, await uploaded.Content.ReadAsStringAsync(cancellation));
        var service = new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService", ["metadata"] = new JsonObject { ["name"] = Noise.Seeded },
            ["spec"] = new JsonObject { ["predictor"] = new JsonObject { ["model"] = new JsonObject
            {
                ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = $"models:/{Noise.Seeded}@champion",
            } } },
        };
        using var created = await Client.PostAsJsonAsync(new Uri("apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", UriKind.Relative), service, cancellation);
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(cancellation));
    }

    /// <summary>Property names of every kind, and the kinds, from the server's own description.</summary>
    private async Task<(List<string> Words, List<ServedKind> Kinds)> KnownAsync(CancellationToken cancellation)
    {
        var words = new SortedSet<string>(StringComparer.Ordinal)
        {
            "inputs", "outputs", "parameters", "data", "datatype", "shape", "id", "labels", "value", "watermark", "pipeline", "version", "alias", "reason", "latest", "FP64", "BYTES",
            Noise.Seeded,
        };
        var kinds = new List<ServedKind>();
        var index = (await Client.GetFromJsonAsync<JsonObject>(new Uri("openapi/v3", UriKind.Relative), cancellation))!;
        foreach (var (path, _) in index["paths"]!.AsObject().Where(p => p.Key.StartsWith("api/v1", StringComparison.Ordinal) || p.Key.Count(c => c == '/') == 2))
        {
            Collect(await Client.GetFromJsonAsync<JsonObject>(new Uri($"openapi/v3/{path}", UriKind.Relative), cancellation), words);
            var served = (await Client.GetFromJsonAsync<JsonObject>(new Uri(path, UriKind.Relative), cancellation))!;
            kinds.AddRange(served["resources"]!.AsArray().Where(r => !((string)r!["name"]!).Contains('/')).Select(
                r => new ServedKind("/" + path, (string)served["groupVersion"]!, (string)r!["kind"]!, (string)r["name"]!, (bool)r["namespaced"]!)));
        }

        Assert.True(kinds.Count > 5, $"the server serves {kinds.Count} kinds");
        return ([.. words], kinds);
    }

    private static void Collect(JsonNode? node, SortedSet<string> words)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Collect(item, words);
            }
        }
        else if (node is JsonObject map)
        {
            foreach (var (name, value) in map)
            {
                if (name == "properties" && value is JsonObject properties)
                {
                    words.UnionWith(properties.Select(p => p.Key));
                }

                Collect(value, words);
            }
        }
    }

    private static string Tail(string log) => log.Length <= 4000 ? log : log[^4000..];

    [GeneratedRegex(@"^\| (\S+) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RouteLine();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Hole();
}
