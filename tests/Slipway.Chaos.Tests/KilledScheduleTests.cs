using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>A schedule that fires every second, and a trigger that runs another pipeline after each of its runs, on a server that is killed again and again.</summary>
public sealed class KilledScheduleTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("SLIPWAY_CHAOS_KILLS") ?? "5", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Server_killed_at_random_moments_Every_second_makes_one_run_and_every_run_fires_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var here = new LoopOnServer(folder.FullPath);
        here.Start();
        await here.ReadyAsync(cancellation);
        await PostAsync(here.Client, "apis/slipway.dev/v1/namespaces/default/pipelines", JsonNode.Parse(
            """{"apiVersion": "slipway.dev/v1", "kind": "Pipeline", "metadata": {"name": "after"}, "spec": {"params": {"of": ""}, "steps": [{"name": "note", "run": "true"}]}}""")!, cancellation);
        await PostAsync(here.Client, "apis/slipway.dev/v1/namespaces/default/triggers", JsonNode.Parse(
            """
            {"apiVersion": "slipway.dev/v1", "kind": "Trigger", "metadata": {"name": "follow"}, "spec": {"on": [{"pipeline": {"name": "chaos", "state": "Succeeded"}}],
             "run": {"pipeline": "after", "fromEvent": {"of": "event.subject"}}}}
            """)!, cancellation);
        var schedule = await PostAsync(here.Client, "apis/v2beta1/recurringruns", new JsonObject
        {
            ["display_name"] = "tick",
            ["pipeline_spec"] = PipelineOnServer.Steps([("only", "printf fine > \"$0\"", [], null)]),
            ["trigger"] = new JsonObject { ["periodic_schedule"] = new JsonObject { ["interval_second"] = 1 } },
            ["max_concurrency"] = 1000,
        }, cancellation);
        var id = (string)schedule["recurring_run_id"]!;

        var random = new Random(23);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500 + random.Next(1500)), TimeProvider.System, cancellation);
            await here.KillAsync();
            here.Start();
            await here.ReadyAsync(cancellation);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellation);
        await PostAsync(here.Client, $"apis/v2beta1/recurringruns/{id}:disable", new JsonObject(), cancellation);
        var (ticks, follows) = await SettledAsync(here.Client, id, cancellation);

        var instants = ticks.Select(t => DateTimeOffset.Parse((string)t["scheduled_at"]!, CultureInfo.InvariantCulture)).Order().ToList();
        Assert.All(instants.Zip(instants.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(1), pair.Second - pair.First));
        var after = await here.Client.GetFromJsonAsync<JsonObject>($"apis/v2beta1/recurringruns/{id}", cancellation);
        Assert.Equal(ticks.Count, (int)after!["runs_created"]!);
        Assert.InRange(ticks.Count, Kills, int.MaxValue);
        Assert.Equal(
            ticks.Select(t => $"pipelineruns/{t["run_id"]}").Order(StringComparer.Ordinal),
            follows.Select(f => (string)f["runtime_config"]!["parameters"]!["of"]!).Order(StringComparer.Ordinal));
    }

    /// <summary>The schedule's runs and the trigger's, once all have ended and every one of the former has one of the latter.</summary>
    private static async Task<(List<JsonObject> Ticks, List<JsonObject> Follows)> SettledAsync(HttpClient client, string schedule, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            var runs = new List<JsonObject>();
            var token = "";
            do
            {
                var page = (await client.GetFromJsonAsync<JsonObject>($"apis/v2beta1/runs?page_size=200&page_token={Uri.EscapeDataString(token)}", cancellation))!;
                runs.AddRange((page["runs"] as JsonArray ?? []).OfType<JsonObject>());
                token = (string?)page["next_page_token"] ?? "";
            }
            while (token.Length > 0);
            var parts = runs.ToLookup(r => (string?)r["recurring_run_id"] == schedule);
            if ((runs.All(r => (string?)r["state"] == "SUCCEEDED") && parts[true].Count() <= parts[false].Count()) || tries == 300)
            {
                Assert.All(runs, r => Assert.Equal("SUCCEEDED", (string?)r["state"]));
                return ([.. parts[true]], [.. parts[false]]);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
        }
    }

    private static async Task<JsonObject> PostAsync(HttpClient client, string path, JsonNode body, CancellationToken cancellation)
    {
        using var answer = await client.PostAsJsonAsync(path, body, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return (JsonObject)JsonNode.Parse(text.Length == 0 ? "{}" : text)!;
    }
}
