using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Tests.Kfp;

/// <summary>
/// What <c>kfp.Client</c> 2.15 sends for each of its methods, taken down from the wire (<c>kfp-client-calls.json</c>) and sent again here, in order. Ids that the
/// server gives out stand in the record by name; they are learned from the answers and put into the calls that follow.
/// </summary>
public partial class ClientReplayTests
{
    // They depend on how far a run is at the moment.
    private static readonly string[] Passing =
        ["state", "finished_at", "started_at", "outputs", "error", "next_run_at", "last_run_id", "runs_created", "last_run_created_at", "updated_at", "executor_detail"];

    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task EveryCallOfTheClient_IsAnsweredAsItExpects(DatabaseEngine engine)
    {
        var record = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "kfp-client-calls.json")))!;
        await using var host = await PipelinesHost.StartAsync(engine, null, []);
        using var http = new HttpClient { BaseAddress = new Uri(host.Http.BaseAddress!, "/") };
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (number, call) in record["calls"]!.AsArray().Index())
        {
            var final = (string?)call!["answer"]!["state"] is "SUCCEEDED" or "FAILED" && ((string)call["call"]!).StartsWith("GET ", StringComparison.Ordinal);
            var answer = await SendAsync(http, record, call, ids, $"call {number}");
            if (final && (string?)answer["state"] != (string?)call["answer"]!["state"])
            {
                answer = await WhenFinishedAsync(host, http, record, call, ids, $"call {number}");
            }

            Compare(call["answer"], answer, ids, $"call {number} ({call["call"]}) $");
        }

        Assert.True(ids.Count > 15);
    }

    private static async Task<JsonObject> WhenFinishedAsync(PipelinesHost host, HttpClient http, JsonObject record, JsonNode call, Dictionary<string, string> ids, string where)
    {
        var id = Fill((string)call["call"]!, ids).Split('/')[^1];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var _ in host.Floor.Events.FollowAsync(0, new EventFilter("pipeline.run.finished", Subject: $"pipelineruns/{id}"), limit.Token))
        {
            // A run that was retried ends twice.
            var answer = await SendAsync(http, record, call, ids, where);
            if ((string?)answer["state"] == (string?)call["answer"]!["state"])
            {
                return answer;
            }
        }

        throw new InvalidOperationException("the log does not end");
    }

    private static async Task<JsonObject> SendAsync(HttpClient http, JsonObject record, JsonNode call, Dictionary<string, string> ids, string where)
    {
        var line = Fill((string)call["call"]!, ids).Split(' ');
        var query = string.Join('&', (call["query"] as JsonArray ?? []).Select(q => $"{q![0]}={Uri.EscapeDataString(Fill((string)q[1]!, ids))}"));
        using var request = new HttpRequestMessage(new HttpMethod(line[0]), line[1] + (query.Length > 0 ? $"?{query}" : ""));
        request.Headers.Accept.ParseAdd("application/json");
        if (call["upload"] is { } file)
        {
            var name = (string)file!;
            var package = Encoding.UTF8.GetBytes((string)record["package"]!);
            var content = new ByteArrayContent(name.EndsWith(".zip", StringComparison.Ordinal) ? TestPackages.Zip("pipeline.yaml", package) : package);
            request.Content = new MultipartFormDataContent { { content, "uploadfile", name } };
        }
        else if (call["body"] is { } body)
        {
            var text = Fill(body.ToJsonString(Plain), ids);
            foreach (var (name, spec) in record["specs"]!.AsObject())
            {
                text = text.Replace($"\"{name}\"", spec!.ToJsonString(), StringComparison.Ordinal);
            }

            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request);
        var answered = await answer.Content.ReadAsStringAsync();
        Assert.True((int?)call["status"] == (int)answer.StatusCode, $"{where} ({call["call"]}): {(int)answer.StatusCode} {answered}");
        return (JsonObject)JsonNode.Parse(answered)!;
    }

    private static void Compare(JsonNode? expected, JsonNode? actual, Dictionary<string, string> ids, string path)
    {
        switch (expected)
        {
            case JsonObject members:
                foreach (var (name, member) in members.Where(m => !Passing.Contains(m.Key)))
                {
                    Assert.True(actual is JsonObject given && given.ContainsKey(name), $"{path} has no {name}: {actual?.ToJsonString()}");
                    Compare(member, actual![name], ids, $"{path}.{name}");
                }

                break;
            case JsonArray items:
                Assert.True(actual is JsonArray found && found.Count == items.Count, $"{path} has not {items.Count} items: {actual?.ToJsonString()}");
                foreach (var (i, item) in items.Index())
                {
                    Compare(item, actual![i], ids, $"{path}[{i}]");
                }

                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                Assert.True(actual is JsonValue, $"{path} is {actual?.ToJsonString()}");
                var said = actual!.ToString();
                if (text is "<time>" or "<token>")
                {
                    Assert.True(text == "<token>" ? said.Length > 0 : DateTimeOffset.TryParse(said, System.Globalization.CultureInfo.InvariantCulture, out _), $"{path} is {said}");
                }
                else if (Named().IsMatch(text) && ids.TryAdd(text, said))
                {
                    Assert.True(Guid.TryParse(said, out _), $"{path} is {said}");
                }
                else
                {
                    Assert.True(Fill(text, ids) == said, $"{path} is {said} and not {Fill(text, ids)}");
                }

                break;
            default:
                // What was long is recorded as true: it has to be there.
                Assert.True(
                    expected?.GetValueKind() == System.Text.Json.JsonValueKind.True && actual is JsonObject or JsonArray || JsonNode.DeepEquals(expected, actual),
                    $"{path} is {actual?.ToJsonString()} and not {expected?.ToJsonString()}");
                break;
        }
    }

    private static string Fill(string text, Dictionary<string, string> ids) => Named().Replace(text, m => ids.GetValueOrDefault(m.Value) ?? m.Value);

    [GeneratedRegex("<(?!spec)[a-z_]+-[0-9]+>")]
    private static partial Regex Named();
}
