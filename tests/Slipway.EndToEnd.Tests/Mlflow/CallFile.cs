using System.Text.Json.Nodes;

namespace Slipway.EndToEnd.Tests.Mlflow;

/// <summary>
/// A file of calls in <c>Mlflow/Calls</c>, made one after the other. A call has <c>call</c> (method and path), <c>send</c> (JSON) or <c>body</c> (text), <c>as</c> (user agent),
/// and what is expected: <c>status</c> (200 when left out; <c>4xx</c> any of those), <c>text</c> or <c>answer</c>. <c>keep</c> names members of the answer that later calls
/// write as <c>{name}</c>. In an answer, <c>$string</c>, <c>$number</c>, <c>$bool</c> and <c>$any</c> stand for any such value and <c>$missing</c> for no member; members that are
/// not named may be there.
/// </summary>
internal static class CallFile
{
    public static async Task<IReadOnlyList<string>> RunAsync(HttpClient http, JsonArray calls, CancellationToken cancellation)
    {
        var (faults, kept) = (new List<string>(), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var call in calls.OfType<JsonObject>())
        {
            using var request = Request(call, kept, http.BaseAddress!);
            using var response = await http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            var found = Check(call, (int)response.StatusCode, text, kept).ToList();
            faults.AddRange(found.Select(f => $"{request.Method} {request.RequestUri!.PathAndQuery}: {f}"));
            if (found.Count == 0 && call["keep"] is JsonObject keep)
            {
                foreach (var (name, path) in keep)
                {
                    kept[name] = path!.GetValue<string>().Split('.').Aggregate(JsonNode.Parse(text), (node, member) => node![member])!.GetValue<string>();
                }
            }
        }

        return faults;
    }

    private static HttpRequestMessage Request(JsonObject call, Dictionary<string, string> kept, Uri server)
    {
        var (method, path) = Filled((string)call["call"]!, kept).Split(' ', 2) is [var m, var p] ? (m, p) : ("", "");

        // Paths that climb must reach the server as they are written.
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.GetLeftPart(UriPartial.Authority) + path, options));
        request.Headers.TryAddWithoutValidation("User-Agent", (string?)call["as"] ?? "calls");
        if (call["send"] is { } body)
        {
            request.Content = new StringContent(Filled(body.ToJsonString(), kept), System.Text.Encoding.UTF8, "application/json");
        }
        else if ((string?)call["body"] is { } text)
        {
            request.Content = new StringContent(text, System.Text.Encoding.UTF8, "application/octet-stream");
        }

        return request;
    }

    private static IEnumerable<string> Check(JsonObject call, int status, string text, Dictionary<string, string> kept)
    {
        var wanted = call["status"]?.ToString() ?? "200";
        if (status.ToString(System.Globalization.CultureInfo.InvariantCulture) != wanted && !(wanted == "4xx" && status is >= 400 and < 500))
        {
            return [$"status {status} instead of {wanted}: {text}"];
        }

        if ((string?)call["text"] is { } plain)
        {
            return text == plain ? [] : [$"\"{text}\" instead of \"{plain}\""];
        }

        return call["answer"] is { } answer ? Match(answer, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text), "$", kept) : [];
    }

    private static IEnumerable<string> Match(JsonNode? wanted, JsonNode? found, string path, Dictionary<string, string> kept) => wanted switch
    {
        JsonObject members => found is JsonObject there
            ? members.SelectMany(m => there.ContainsKey(m.Key)
                ? Match(m.Value, there[m.Key], $"{path}.{m.Key}", kept)
                : m.Value is JsonValue value && value.ToString() == "$missing" ? [] : [$"{path}.{m.Key} is missing"])
            : [$"{path} is no object but {found?.ToJsonString() ?? "null"}"],
        JsonArray items => found is JsonArray there && there.Count == items.Count
            ? items.SelectMany((item, i) => Match(item, there[i], $"{path}[{i}]", kept))
            : [$"{path} does not have {items.Count} items: {found?.ToJsonString() ?? "null"}"],
        _ => MatchValue(wanted, found, path, kept),
    };

    private static string[] MatchValue(JsonNode? wanted, JsonNode? found, string path, Dictionary<string, string> kept)
    {
        var kind = found?.GetValueKind();
        var fits = wanted?.ToString() switch
        {
            "$any" => true,
            "$missing" => false,
            "$string" => kind == System.Text.Json.JsonValueKind.String,
            "$number" => kind == System.Text.Json.JsonValueKind.Number,
            "$bool" => kind is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
            var text => kind == wanted?.GetValueKind() && found?.ToString() == Filled(text ?? "", kept),
        };
        return fits ? [] : [$"{path} is {found?.ToJsonString() ?? "null"} instead of {wanted?.ToJsonString() ?? "null"}"];
    }

    private static string Filled(string text, Dictionary<string, string> kept) =>
        kept.Aggregate(text, (filled, pair) => filled.Replace("{" + pair.Key + "}", pair.Value, StringComparison.Ordinal));
}
