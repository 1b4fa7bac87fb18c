using System.Globalization;
using System.Net;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Fuzz;

/// <summary>What nobody in their right mind sends, to every route that takes a body: refused in the protocol's words, never with a 500.</summary>
public sealed class RouteFuzzTests
{
    internal static readonly string[] Routes =
    [
        "/v2/models/m/infer", "/v2/models/m/versions/1/infer", "/serving/default/m/v2/models/m/infer", "/v1/models/m:predict", "/v1/models/m/versions/1:predict",
        "/invocations", "/serve/m/invocations", "/v2/repository/index", "/v2/repository/models/other/load", "/v2/repository/models/other/unload",
        "/api/slipway/v1/namespaces/default/inferenceservices/m/feedback",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task AnyBody_IsAnsweredOrRefused_AndTheModelGoesOn(int seed)
    {
        await using var host = await ServedAsync();
        var random = new Random(seed);
        for (var i = 0; i < 1000; i++)
        {
            var (route, content) = (Routes[random.Next(Routes.Length)], Body(random));
            var sent = await content.ReadAsByteArrayAsync();

            using var response = await host.Http.PostAsync(route, content);

            var answer = await response.Content.ReadAsStringAsync();
            Assert.True(
                (int)response.StatusCode < 500,
                $"{seed}/{i} {route} {(int)response.StatusCode}: {answer}\n{Encoding.Latin1.GetString(sent.AsSpan(0, Math.Min(sent.Length, 500)))}");
            Assert.True(response.IsSuccessStatusCode || answer.Contains('"', StringComparison.Ordinal), $"{seed}/{i} {route}: a refusal without words");
        }

        await WorksAsync(host);
    }

    public static TheoryData<string, string, string> Hostile => new()
    {
        { "a product of sizes that overflows", "application/json", """{"inputs":[{"name":"x","shape":[4294967296,4294967296,1],"datatype":"FP32","data":[]}]}""" },
        { "a size beyond 64 bits", "application/json", """{"inputs":[{"name":"x","shape":[99999999999999999999],"datatype":"FP32","data":[]}]}""" },
        { "sizes that want gigabytes", "application/json", """{"inputs":[{"name":"x","shape":[1,536870911],"datatype":"FP32","data":[1]}]}""" },
        { "texts without end", "application/json", """{"inputs":[{"name":"x","shape":[1,2000000000],"datatype":"BYTES","data":["a"]}]}""" },
        { "bare NaN", "application/json", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[NaN,Infinity]}]}""" },
        { "half a surrogate pair", "application/json", "{\"id\":\"\\ud800\",\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}" },
        { "a number too large for its type", "application/json", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1e999,2]}]}""" },
        { "no body", "application/json", "" },
        { "another kind of body", "image/png", "\u0089PNG" },
        { "a classification of nothing", "application/json", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y","parameters":{"classification":-1}}]}""" },
        { "a block larger than its body", "application/json", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":9223372036854775807}}]}""" },
        { "a negative block", "application/json", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":-8}}]}""" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task AHostileBody_IsTheCallersFault_OnEveryRoute(string what, string type, string body)
    {
        await using var host = await ServedAsync();
        foreach (var route in Routes)
        {
            using var content = new StringContent(body, Encoding.UTF8, type);

            using var response = await host.Http.PostAsync(route, content);

            Assert.True((int)response.StatusCode < 500, $"{route}, {what}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }

        await WorksAsync(host);
    }

    [Fact]
    public async Task DeepNesting_IsRefused_OnEveryRoute()
    {
        await using var host = await ServedAsync();
        var deep = new string('[', 100_000);
        foreach (var route in Routes)
        {
            foreach (var body in new[] { deep, $"{{\"inputs\":{deep}", $"{{\"instances\":{deep}", $"{{\"inputs\":[{{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":{deep}" })
            {
                using var response = await host.Http.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"));

                Assert.True((int)response.StatusCode is >= 400 and < 500, $"{route}: {(int)response.StatusCode}");
            }
        }
    }

    internal static async Task<ServingHost> ServedAsync(params (string, string)[] settings)
    {
        var host = await ServingHost.StartAsync(null, settings);
        await host.RegisterAsync("m", OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }

    private static async Task WorksAsync(ServingHost host)
    {
        using var response = await host.Http.PostAsync(
            "/v2/models/m/infer", new StringContent("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2.5]}]}"""));

        Assert.Contains("[1,2.5]", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static ByteArrayContent Body(Random random)
    {
        var text = random.Next(6) switch
        {
            0 => Value(random, 0),
            1 => $"{{\"instances\":{Value(random, 0)}}}",
            2 => $"{{\"dataframe_split\":{{\"columns\":{Value(random, 2)},\"data\":{Value(random, 1)}}}}}",
            3 => $"{{\"labels\":[{{\"id\":{Value(random, 3)},\"value\":{Value(random, 2)},\"at\":{Value(random, 3)}}},{Value(random, 1)}],\"parameters\":{Value(random, 1)},\"ready\":{Value(random, 3)}}}",
            _ => $"{{\"id\":{Value(random, 3)},\"inputs\":[{Tensor(random)},{Tensor(random)}],\"outputs\":{Value(random, 1)},\"parameters\":{Value(random, 1)}}}",
        };
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = random.Next(4); i > 1 && bytes.Length > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        if (random.Next(4) == 0)
        {
            bytes = bytes[..random.Next(bytes.Length + 1)];
        }

        var content = new ByteArrayContent(random.Next(5) == 0 ? [.. bytes, .. new byte[random.Next(40)]] : bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", Pick(random, "application/json", "application/octet-stream", "text/csv", "text/plain", "a/b; c", ""));
        if (random.Next(3) == 0)
        {
            content.Headers.TryAddWithoutValidation(
                "Inference-Header-Content-Length", Pick(random, bytes.Length.ToString(CultureInfo.InvariantCulture), "0", "1", "-1", "x", "99999999999", "2147483647"));
        }

        if (random.Next(6) == 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", Pick(random, "gzip", "deflate", "identity", "br", "gzip, gzip"));
        }

        return content;
    }

    private static string Tensor(Random random) =>
        $"{{\"name\":{(random.Next(3) > 0 ? "\"x\"" : Value(random, 3))},\"shape\":{(random.Next(2) > 0 ? "[1,2]" : Value(random, 2))},\"datatype\":\"{Pick(random, "FP32", "FP64", "BOOL", "BYTES", "INT8", "UINT64", "FP16", "fp32", "")}\","
        + $"\"parameters\":{(random.Next(2) > 0 ? "{\"binary_data_size\":8}" : Value(random, 2))},\"data\":{Value(random, 1)}}}";

    /// <summary>Any JSON value, and now and then something that is none.</summary>
    private static string Value(Random random, int depth) => random.Next(depth > 3 ? 8 : 11) switch
    {
        0 => "null",
        1 => "true",
        2 => Pick(random, "0", "-0", "1e308", "1e-400", "-1", "18446744073709551616", "0.1", "NaN", "1e", "007"),
        3 => random.Next().ToString(CultureInfo.InvariantCulture),
        4 => $"\"{Pick(random, "", "x", "y", "\\u0000", "\\ud800", "\u00e9", "1", "b64", "\\")}\"",
        5 => random.NextDouble().ToString(CultureInfo.InvariantCulture),
        6 => "[]",
        7 => "{}",
        8 or 9 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => $"\"{Pick(random, "x", "y", "x\\ud800", "b64", "columns", "data", "name", "classification", "config")}\":{Value(random, depth + 1)}"))}}}",
    };

    private static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];
}
