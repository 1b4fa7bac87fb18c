using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Kfp;

/// <summary>Noise to every route of the API: it is refused in the API's own words, never with a fault of ours.</summary>
public class FuzzTests
{
    private static readonly string[] Texts =
    [
        "", "x", "name", "created_at desc", "-1", "0", "999999999999999999999", "1e9", "null", "{}", "[]", "{\"predicates\":5}", "{\"predicates\":[5]}",
        "{\"predicates\":[{\"operation\":1,\"key\":\"created_at\",\"stringValue\":\"x\"}]}", "{\"predicates\":[{\"operation\":9,\"key\":\"created_at\",\"stringValue\":\"%_\\\\\"}]}",
        "{\"predicates\":[{\"operation\":3,\"key\":\"created_at\",\"longValue\":\"9223372036854775807\"}]}", "{\"predicates\":[{\"operation\":1,\"key\":\"name\",\"stringValue\":\"\\ud800\"}]}",
        "{\"predicates\":[{\"operation\":8,\"key\":\"id\",\"longValues\":{\"values\":[1,2]}}]}", "{\"predicates\":[{\"operation\":1,\"key\":\"tags.\\u0000\",\"stringValue\":\"\"}]}",
        "eyJzIjoibmFtZSIsImYiOiIiLCJ2Ijo1LCJpIjoiIn0", "eyJzIjoiY3JlYXRlZF9hdCIsImYiOiIiLCJ2IjoieCIsImkiOiJ4In0", "AAAA", "\u0000", "ä\u202e😀", "' OR 1=1 --", "../../etc/passwd", "%2e%2e%2f",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "true", "ARCHIVED", new('a', 3000),
    ];

    private static readonly string[] Members =
    [
        "display_name", "name", "description", "namespace", "tags", "experiment_id", "pipeline_spec", "pipeline_version_reference", "pipeline_id", "pipeline_version_id",
        "runtime_config", "parameters", "pipeline_root", "service_account", "trigger", "cron_schedule", "periodic_schedule", "cron", "interval_second", "start_time", "end_time",
        "max_concurrency", "mode", "no_catchup", "pipeline", "pipeline_version", "package_url", "pipeline_url", "options", "priority", "pipelineInfo", "root", "components", "dag", "tasks",
        "platform_spec", "displayName", "deploymentSpec", "schemaVersion",
    ];

    [Theory]
    [InlineData(DatabaseEngine.Sqlite, 1)]
    [InlineData(DatabaseEngine.Sqlite, 2)]
    [InlineData(DatabaseEngine.PostgreSql, 3)]
    public async Task Noise_IsNeverAFaultOfOurs(DatabaseEngine engine, int seed)
    {
        await using var host = await PipelinesHost.StartAsync(engine, null, []);
        using var kfp = new KfpClient(host);
        var random = new Random(seed);
        var known = await SeedAsync(kfp);
        var routes = host.Routes.Where(r => r.RoutePattern.RawText!.StartsWith("/apis/v", StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count > 35);

        foreach (var route in routes)
        {
            foreach (var method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                for (var i = 0; i < 25; i++)
                {
                    using var request = Request(random, method, route.RoutePattern, known);
                    using var answer = await kfp.Http.SendAsync(request);
                    var text = await answer.Content.ReadAsStringAsync();
                    Assert.True((int)answer.StatusCode < 500, $"seed {seed}: {method} {request.RequestUri} answered {(int)answer.StatusCode}: {text}");
                    Assert.True(
                        answer.IsSuccessStatusCode || text.Length == 0 || text.Contains("\"error\"", StringComparison.Ordinal),
                        $"seed {seed}: {method} {request.RequestUri} answered {(int)answer.StatusCode} in other words: {text}");
                }
            }
        }
    }

    private static async Task<string[]> SeedAsync(KfpClient kfp)
    {
        var pipeline = (string)(await kfp.UploadAsync("pipelines/upload?name=p", TestPackages.HelloBytes))["pipeline_id"]!;
        var version = (string)(await kfp.GetAsync($"pipelines/{pipeline}/versions"))["pipeline_versions"]![0]!["pipeline_version_id"]!;
        var experiment = (string)(await kfp.PostAsync("experiments", """{"display_name": "e"}"""))["experiment_id"]!;
        return [pipeline, version, experiment];
    }

    private static HttpRequestMessage Request(Random random, string method, Microsoft.AspNetCore.Routing.Patterns.RoutePattern pattern, string[] known)
    {
        var path = new StringBuilder();
        foreach (var segment in pattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
                    _ => random.Next(2) == 0 ? known[random.Next(known.Length)] : Escaped(random, nul: false),
                });
            }
        }

        foreach (var (_, name) in ((string[])["page_size", "page_token", "sort_by", "filter", "namespace", "cascade", "name", "tags", "pipelineid", "follow", "experiment_id"]).Index())
        {
            if (random.Next(3) == 0)
            {
                path.Append(path.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?').Append(name).Append('=').Append(Escaped(random, nul: true));
            }
        }

        var request = new HttpRequestMessage(new HttpMethod(method), path.ToString());
        if (method is "POST" or "PATCH")
        {
            request.Content = Content(random);
        }

        return request;
    }

    private static string Escaped(Random random, bool nul)
    {
        var text = Texts[random.Next(Texts.Length)];
        return text.Length == 0 ? "-" : Uri.EscapeDataString(nul ? text : text.Replace("\u0000", "0", StringComparison.Ordinal));
    }

    private static HttpContent Content(Random random)
    {
        if (random.Next(4) == 0)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            var package = random.Next(3) switch { 0 => bytes, 1 => TestPackages.Zip(Texts[random.Next(1, 8)], bytes), _ => TestPackages.TarGz("pipeline.yaml", bytes) };
            var form = new MultipartFormDataContent($"b{random.Next(9)}") { { new ByteArrayContent(random.Next(2) == 0 ? package : TestPackages.HelloBytes), random.Next(3) == 0 ? "file" : "uploadfile", "p.yaml" } };
            return form;
        }

        var content = new StringContent(random.Next(8) == 0 ? Texts[random.Next(Texts.Length)] : Value(random, 4), Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(random.Next(6) == 0 ? "text/plain" : "application/json");
        return content;
    }

    private static string Value(Random random, int depth) => (depth == 0 ? random.Next(5) : random.Next(9)) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "\"\"",
        2 => (random.NextDouble() * Math.Pow(10, random.Next(-5, 25))).ToString("R", CultureInfo.InvariantCulture),
        3 => random.Next(-5, 100).ToString(CultureInfo.InvariantCulture),
        4 => System.Text.Json.JsonSerializer.Serialize(Texts[random.Next(Texts.Length)]),
        5 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)))}]",
        _ => $"{{{string.Join(',', Members.OrderBy(_ => random.Next()).Take(random.Next(8)).Select(m => $"\"{m}\":{Value(random, depth - 1)}"))}}}",
    };
}
