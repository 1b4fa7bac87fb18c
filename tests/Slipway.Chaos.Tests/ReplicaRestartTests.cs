using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>Two replicas under callers who never stop, while versions change and one replica after the other is restarted: nothing fails, nothing is wrong.</summary>
public sealed class ReplicaRestartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>2 in the everyday tests; SLIPWAY_CHAOS_ROUNDS=50 for the long form.</summary>
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("SLIPWAY_CHAOS_ROUNDS") ?? "2", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Versions_change_and_replicas_restart_under_load_No_request_fails_and_no_answer_is_wrong()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var replicas = await TwoReplicas.StartAsync(folder, cancellation);
        await ScalingModel.ServeAsync(replicas.Clients[0], versions: 3, cancellation);
        await BothAnswerAsync(replicas, 1, cancellation);
        await using var load = new ClosedLoop(replicas);
        for (var round = 0; round < Rounds; round++)
        {
            // An alias that moves reaches both replicas, whoever of them leads.
            await ScalingModel.PointAsync(replicas.Clients[round % 2], 2, cancellation);
            await BothAnswerAsync(replicas, 2, cancellation);
            await RestartAsync(replicas, round % 2, cancellation);
            await ScalingModel.PointAsync(replicas.Clients[round % 2], 3, cancellation);
            await RestartAsync(replicas, 1 - (round % 2), cancellation);
            await BothAnswerAsync(replicas, 3, cancellation);
            await SwitchAsync(replicas, cancellation);
        }

        await load.StopAsync();
        Assert.True(load.Wrong.Count == 0, $"{load.Wrong.Count} of {load.Answers}: {string.Join("; ", load.Wrong.Take(5))}");
        Assert.Equal([1, 2, 3], load.Versions);
        Assert.True(load.Answers > 1000, $"only {load.Answers} answers");
    }

    /// <summary>A blue/green switch taken by one replica, and taken back by the other.</summary>
    private static async Task SwitchAsync(TwoReplicas replicas, CancellationToken cancellation)
    {
        var body = """{"apiVersion":"slipway.dev/v1","kind":"Rollout","metadata":{"name":"scaling"},"spec":{"strategy":"bluegreen","autoPromote":false,"interval":"1s"}}""";
        const string Rollouts = "apis/slipway.dev/v1/namespaces/default/rollouts";
        using (var created = await replicas.Clients[0].PostAsync(new Uri(Rollouts, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), cancellation))
        {
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(cancellation));
        }

        await UntilAsync(replicas.Clients[1], "the rollout knows what is released", r => r["released"] is not null, cancellation);
        await ScalingModel.PointAsync(replicas.Clients[0], 1, cancellation);
        await UntilAsync(replicas.Clients[1], "the candidate is loaded", r => (int?)r["candidate"]?["modelVersion"] == 1, cancellation);
        await BothAnswerAsync(replicas, 3, cancellation);
        await ScalingModel.PostAsync(replicas.Clients[1], "api/slipway/v1/namespaces/default/rollouts/scaling/promote", [], cancellation);
        await BothAnswerAsync(replicas, 1, cancellation);
        await ScalingModel.PostAsync(replicas.Clients[0], "api/slipway/v1/namespaces/default/rollouts/scaling/undo", new JsonObject { ["reason"] = "a test" }, cancellation);
        await BothAnswerAsync(replicas, 3, cancellation);
        using var deleted = await replicas.Clients[0].DeleteAsync(new Uri($"{Rollouts}/scaling", UriKind.Relative), cancellation);
        Assert.True(deleted.IsSuccessStatusCode);
        await BothAnswerAsync(replicas, 1, cancellation);
    }

    private static async Task RestartAsync(TwoReplicas replicas, int replica, CancellationToken cancellation)
    {
        var (code, said) = await replicas.StopAsync(replica, cancellation);
        Assert.True(code == 0, $"replica {replica} ended with {code}: {said}");
        await replicas.StartAsync(replica, cancellation);
    }

    private static async Task BothAnswerAsync(TwoReplicas replicas, int version, CancellationToken cancellation)
    {
        foreach (var client in replicas.Clients)
        {
            await AnswersAsync(client, version, cancellation);
        }
    }

    private static async Task AnswersAsync(HttpClient client, int version, CancellationToken cancellation)
    {
        var body = JsonNode.Parse("""{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}""")!;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await client.PostAsJsonAsync(new Uri($"v2/models/{ScalingModel.Name}/infer", UriKind.Relative), body, cancellation);
            var text = await answer.Content.ReadAsStringAsync(cancellation);
            if (answer.IsSuccessStatusCode && (string?)JsonNode.Parse(text)!["model_version"] == version.ToString(CultureInfo.InvariantCulture))
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"{client.BaseAddress} does not answer with version {version}: {text}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
    }

    private static async Task UntilAsync(HttpClient client, string what, Func<JsonObject, bool> expected, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var report = (await client.GetFromJsonAsync<JsonObject>(new Uri("api/slipway/v1/namespaces/default/rollouts/scaling", UriKind.Relative), cancellation))!;
            if (expected(report))
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"not in time: {what}: {report.ToJsonString()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
        }
    }
}
