using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>A run of 500 steps on servers that are killed at random moments: it ends right, no step that had ended runs again, none is lost.</summary>
public sealed class KilledPipelineTests
{
    private const int Tasks = 500;

    /// <summary>5 in the everyday tests; SLIPWAY_CHAOS_KILLS=100 for the long form.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("SLIPWAY_CHAOS_KILLS") ?? "5", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Server_killed_at_random_moments_Run_ends_right_and_nothing_that_ended_runs_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        var ran = folder.File("ran");
        await using var server = PipelineOnServer.Make("only", folder.File("data"));
        server.Start();
        await server.ReadyAsync(cancellation);

        // Many kills need a run that lasts: 250 layers of 0.3 s are longer than a hundred kills take.
        var id = await server.SubmitAsync(Kills > 20 ? PipelineOnServer.Layers(Tasks, ran, width: 2, seconds: "0.3") : PipelineOnServer.Layers(Tasks, ran), cancellation);
        var random = new Random(17);
        var ended = new Dictionary<string, (int, string?)>();
        var begun = new Dictionary<string, int>();
        var killed = 0;
        for (; killed < Kills; killed++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(600)), TimeProvider.System, cancellation);
            var run = await server.GetAsync(id, cancellation);
            Remember(run, ended, begun, ran);
            if ((string?)run["state"] is not ("Pending" or "Running"))
            {
                break;
            }

            await server.KillAsync();
            server.Start();

            // One in five dies again while it starts.
            if (random.Next(5) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(400)), TimeProvider.System, cancellation);
                await server.KillAsync();
                server.Start();
            }

            await server.ReadyAsync(cancellation);
        }

        AssertWhole(await server.EndedAsync(id, cancellation), ended, begun, ran);
        Assert.InRange(killed, Kills > 20 ? Kills : 1, Kills);
    }

    [Fact]
    public async Task One_of_two_servers_on_PostgreSQL_killed_The_other_takes_its_runs_over()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        var database = await TestPostgres.CreateDatabaseAsync();
        await using var one = PipelineOnServer.Make("one", folder.File("one"), "--db", database, "--objects", folder.File("objects"));
        await using var two = PipelineOnServer.Make("two", folder.File("two"), "--db", database, "--objects", folder.File("objects"));
        one.Start();
        await one.ReadyAsync(cancellation);
        two.Start();
        await two.ReadyAsync(cancellation);
        var runs = new List<(string Id, string Ran, Dictionary<string, (int, string?)> Ended, Dictionary<string, int> Begun)>();
        for (var i = 0; i < 4; i++)
        {
            var ran = folder.File($"ran{i}");
            runs.Add((await (i % 2 == 0 ? one : two).SubmitAsync(PipelineOnServer.Layers(100, ran), cancellation), ran, [], []));
        }

        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, cancellation);
        foreach (var (id, ran, ended, begun) in runs)
        {
            Remember(await two.GetAsync(id, cancellation), ended, begun, ran);
        }

        await one.KillAsync();

        foreach (var (id, ran, ended, begun) in runs)
        {
            var run = await two.EndedAsync(id, cancellation);
            AssertWhole(run, ended, begun, ran, 100);

            // What the dead server's steps said can be read at the other one.
            foreach (var step in ended.Keys.Take(3))
            {
                Assert.Contains($"said by {step}", await two.LogAsync(id, step, cancellation));
            }
        }
    }

    private static void Remember(JsonObject run, Dictionary<string, (int, string?)> ended, Dictionary<string, int> begun, string ran)
    {
        foreach (var (step, mark) in PipelineOnServer.Succeeded(run))
        {
            ended.TryAdd(step, mark);
        }

        // Read after the answer: what had ended by then cannot add a line any more.
        foreach (var step in ended.Keys)
        {
            begun.TryAdd(step, CountOf(ran, step));
        }
    }

    private static void AssertWhole(JsonObject run, Dictionary<string, (int, string?)> ended, Dictionary<string, int> begun, string ran, int tasks = Tasks)
    {
        Assert.True((string?)run["state"] == "Succeeded", $"{run["state"]}: {run["error"]}");
        var last = PipelineOnServer.Succeeded(run);
        Assert.Equal(tasks, last.Count);
        Assert.All(ended, e => Assert.Equal(e.Value, last[e.Key]));
        Assert.All(begun, b => Assert.Equal(b.Value, CountOf(ran, b.Key)));
        Assert.All(((JsonArray)run["steps"]!).OfType<JsonObject>(), s => Assert.Equal(s["name"]!.ToString()[1..].TrimStart('0').PadLeft(1, '0'), (string?)s["outputs"]!["out"]));
        TestContext.Current.TestOutputHelper?.WriteLine($"{ended.Count} steps had ended before a kill; {File.ReadAllLines(ran).Length} attempts at {tasks} steps");
    }

    private static int CountOf(string ran, string step) => File.Exists(ran) ? File.ReadAllLines(ran).Count(l => l == step) : 0;
}
