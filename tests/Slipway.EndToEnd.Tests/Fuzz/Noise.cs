using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.EndToEnd.Tests.Fuzz;

/// <param name="Prefix"><c>/api/v1</c> or <c>/apis/GROUP/VERSION</c>.</param>
internal sealed record ServedKind(string Prefix, string ApiVersion, string Kind, string Plural, bool Namespaced);

/// <summary>Makes requests that are wrong in all the usual ways, some of them only a little. The same seed makes the same requests.</summary>
/// <param name="random">The only source of choice.</param>
/// <param name="words">Names that the server knows, so that the noise gets past the first check.</param>
/// <param name="kinds">What the resource API serves.</param>
internal sealed class Noise(Random random, IReadOnlyList<string> words, IReadOnlyList<ServedKind> kinds)
{
    /// <summary>The name of what the test made beforehand.</summary>
    public const string Seeded = "seeded";

    private const int TooLong = 10_000;

    private static readonly string[] OddSegments =
    [
        "..", ".", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "a%00b", "%", "%zz", "%25", "%2F", "%5c", "\\", "~", "a b", "%20", "%0a", "%0d%0a", "'", "\"", "%27%3B--",
        "ü", "日本", "%F0%9F%92%A5", "%ff%fe", "%ed%a0%80", "-", "_", "A", "-1", "0", "1", "99999999999999999999", "1.5", "NaN", "null", "true", "{name}", "*", "**", ":", "@", ";",
        "a;b=c", "..;", "name@champion", "latest", "default", "x", "drift", new string('x', 300), new string('x', TooLong), "%E2%80%AE", "con", "",
    ];

    private static readonly string[] OddValues =
    [
        "", "0", "1", "-1", "99999999999999999999", "1e400", "NaN", "true", "false", "null", "x", "a=b", "a in (", "!a", "metadata.name=x", "2020-01-01", "2020-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2020-13-45", "%00", "%ff", "%", "日本", "'; DROP TABLE events; --", "..%2f..", "All", "Background", "application/json",
    ];

    private static readonly string[] Names =
    [
        "limit", "after", "before", "from", "until", "offset", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "dryRun", "fieldManager", "force",
        "fieldValidation", "propagationPolicy", "pretty", "source", "format", "a", "b", "page", "pageToken", "pipeline", "state", "metric", "key", "type", "namespace", "wait", "columns", "order",
    ];

    private static readonly string?[] Types =
    [
        "application/json", "application/json", "application/json", "application/json; charset=utf-16", "application/yaml", "application/apply-patch+yaml", "application/merge-patch+json",
        "application/json-patch+json", "application/strategic-merge-patch+json", "application/octet-stream", "text/plain", "text/csv", "application/vnd.apache.parquet",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/vnd.kubernetes.protobuf", "garbage", "a/b;c", "", null,
    ];

    /// <summary>A request to the route with these holes filled in, in the server's own notation: <c>/a/{b}/{**rest}</c>.</summary>
    public RawRequest For(string method, string path)
    {
        var kind = kinds[random.Next(kinds.Count)];
        if (path.EndsWith("{**rest}", StringComparison.Ordinal) && random.Next(5) > 0)
        {
            path = kind.Prefix + (kind.Namespaced && random.Next(5) > 0 ? "/namespaces/{ns}/" : "/") + kind.Plural
                + (method == "POST" || random.Next(3) == 0 ? "" : random.Next(6) == 0 ? "/{name}/status" : "/{name}");
        }

        // What stands before the first slash is no part of a path.
        var target = "/" + string.Join('/', path.Split('/').Skip(1).Select(Segment));
        var sends = method is not ("GET" or "DELETE") || random.Next(10) == 0;
        var type = sends ? Types[random.Next(Types.Length)] : null;
        return new RawRequest(method, Query(target), type, sends ? Body(kind) : []);
    }

    private string Segment(string segment)
    {
        if (!segment.StartsWith('{'))
        {
            // Now and then a fixed part is wrong too.
            return random.Next(40) == 0 ? Pick(OddSegments) : segment;
        }

        return segment.StartsWith("{*", StringComparison.Ordinal) ? string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => AnySegment(""))) : AnySegment(segment);
    }

    private string AnySegment(string hole) => random.Next(5) switch
    {
        0 => Uri.EscapeDataString(Pick(words)),
        1 => Pick(OddSegments),
        2 => "default",
        _ => hole switch
        {
            "{ns}" or "" => "default",
            "{version}" => "1",
            "{name}" => random.Next(2) == 0 ? Seeded : $"fuzz-{random.Next(20)}",
            _ => Seeded,
        },
    };

    private string Query(string target)
    {
        if (random.Next(2) == 0)
        {
            return target;
        }

        var pairs = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{Pick(Names)}={(random.Next(50) == 0 ? new string('q', 3000) : Pick(OddValues).Replace(' ', '+'))}");
        return $"{target}?{string.Join('&', pairs)}";
    }

    private byte[] Body(ServedKind kind)
    {
        switch (random.Next(12))
        {
            case 0:
                return [];
            case 1:
                var bytes = new byte[random.Next(1, 200)];
                random.NextBytes(bytes);
                return bytes;
            case 2:
                return Encoding.UTF8.GetBytes(new string('[', random.Next(1, 5000)));
            case 3:
                return Encoding.UTF8.GetBytes("a,b\n1,2\n3,\"x\n");
            case 4:
                return Encoding.UTF8.GetBytes($"a: &x [*x]\n---\nb: {Pick(words)}\n\t- c\n");
            case 5:
                return "PAR1"u8.ToArray();
        }

        var text = (random.Next(3) == 0 ? Json(0)?.ToJsonString() ?? "null" : Known(kind).ToJsonString());
        return Encoding.UTF8.GetBytes(random.Next(6) == 0 ? text[..random.Next(text.Length)] : text);
    }

    /// <summary>Looks like a resource or like one of our bodies, with random parts.</summary>
    private JsonNode Known(ServedKind kind)
    {
        if (random.Next(8) == 0)
        {
            return new JsonArray(new JsonObject { ["op"] = Pick(["add", "remove", "replace", "move", "copy", "test", "x"]), ["path"] = $"/{Pick(words)}/-", ["from"] = "/spec", ["value"] = Json(0) });
        }

        var body = new JsonObject
        {
            ["apiVersion"] = random.Next(12) == 0 ? Json(1) : kind.ApiVersion,
            ["kind"] = random.Next(12) == 0 ? Json(1) : kind.Kind,
            ["metadata"] = random.Next(8) == 0 ? Json(1) : new JsonObject { ["name"] = random.Next(8) == 0 ? Json(2) : $"fuzz-{random.Next(20)}", ["labels"] = random.Next(4) == 0 ? Json(2) : null },
            ["spec"] = Json(0),
        };
        for (var extra = random.Next(4); extra > 0; extra--)
        {
            body[Pick(words)] = Json(1);
        }

        return body;
    }

    private JsonNode? Json(int depth) => random.Next(depth > 4 ? 7 : 10) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-3, 1000),
        3 => Pick([0.1, -1e300, 5e-324, long.MaxValue, long.MinValue, 1e19]),
        4 => Pick(words),
        5 => Pick(OddValues),
        6 => Pick(["", "\u0000", "\ud83d\udca5", "${{ steps.a.outputs.b }}", "{{inputs}}", "models:/x@champion", "file:///etc/passwd", new string('s', 2000), "-1Gi", "5m", "2020-01-01T00:00:00Z"]),
        7 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Json(depth + 1))]),
        _ => Object(depth),
    };

    private JsonObject Object(int depth)
    {
        var result = new JsonObject();
        for (var members = random.Next(1, 7); members > 0; members--)
        {
            result[random.Next(10) == 0 ? random.Next(100).ToString(CultureInfo.InvariantCulture) : Pick(words)] = Json(depth + 1);
        }

        return result;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
