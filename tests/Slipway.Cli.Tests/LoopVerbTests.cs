using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Cli.Tests;

/// <summary>What `slipway loop` says to a server and does with its answers.</summary>
public sealed class LoopVerbTests
{
    private const string Data = "at,city,price\n2000-01-01,Austin,1\n";

    private const string LoopYaml =
        """
        apiVersion: slipway.dev/v1
        kind: Loop
        metadata: {name: prices, labels: {team: a}}
        spec: {data: prices.csv, time: at, target: price, task: regression, metric: r2, train: {from: 2000-01-01, until: 2000-02-01}}
        """;

    [Fact]
    public async Task LoopThatFinishes_SendsDataAndLoopAndWritesExactlyTheResult()
    {
        var received = new Dictionary<string, string>();
        await using var server = await ServeAsync(received, Report("running", 0), null, null, Report("finished", 0));
        using var cli = Prepared();

        var exitCode = await cli.RunAsync("loop", "loop.yaml", "--server", server.Address.ToString(), "--json", "result.json");

        Assert.True(exitCode == 0, cli.Error);
        Assert.Equal(Data, received["POST /api/slipway/v1/namespaces/default/datasets/prices/versions?format=csv&source=file%3Aprices.csv"]);
        var applied = JsonNode.Parse(received.Single(r => r.Key.StartsWith("PATCH /apis/slipway.dev/v1/namespaces/default/loops/prices?", StringComparison.Ordinal)).Value)!;
        Assert.Equal(("prices", "abc", "a", "at"), (
            applied["spec"]!["dataset"]!["name"]!.ToString(), applied["spec"]!["dataset"]!["version"]!.ToString(),
            applied["metadata"]!["labels"]!["team"]!.ToString(), applied["spec"]!["time"]!.ToString()));

        var result = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(cli.Directory, "result.json"), TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal(["windows", "requests", "trainings", "promotions", "rollbacks", "events", "seconds"], result.Select(m => m.Key));
        Assert.Null(result["windows"]![0]!["oracle"]);

        Assert.Contains("2000-01-31  training               first model", cli.Out);
        Assert.Contains("does not answer", cli.Out);
        Assert.Contains("The server is back", cli.Out);
        Assert.Contains("2004      120    0.312   0.655        -         2", cli.Out);
        Assert.Empty(Directory.GetFiles(cli.Directory, "*.tmp"));
    }

    [Fact]
    public async Task ServerStartedHere_GetsTheFlagsAndIsStopped()
    {
        await using var server = await ServeAsync([], Report("finished", 0));
        using var cli = Prepared();
        cli.Host.Running = server.Address;

        Assert.Equal(0, await cli.RunAsync("loop", "loop.yaml", "--exit", "--data", "d", "--port", "0"));

        Assert.Equal((Path.Combine(cli.Directory, "d"), 0), (cli.Host.Settings!.DataDirectory, cli.Host.Settings.Port));
        Assert.True(cli.Host.Stopped);
    }

    [Theory]
    [InlineData("finished", 3, "3 of 100 requests failed")]
    [InlineData("failed", 0, "the loop prices failed: no rows")]
    public async Task LoopThatWentWrong_EndsWithOneAndSaysWhy(string state, int failed, string why)
    {
        await using var server = await ServeAsync([], Report(state, failed));
        using var cli = Prepared();

        Assert.Equal(1, await cli.RunAsync("loop", "loop.yaml", "--server", server.Address.ToString(), "--json", "result.json"));

        Assert.Contains(why, cli.Error);
        Assert.True(File.Exists(Path.Combine(cli.Directory, "result.json")));
    }

    [Fact]
    public async Task FileThatIsWrong_IsRefusedBeforeAnyServerIsStarted()
    {
        using var cli = new CliRun();
        cli.Write("loop.yaml", LoopYaml);

        Assert.Equal(1, await cli.RunAsync("loop", "loop.yaml"));

        Assert.Contains("spec.data names", cli.Error);
        Assert.Null(cli.Host.Settings);
    }

    [Fact]
    public async Task LoopThatTheServerRefuses_IsNamed()
    {
        await using var server = await WireServer.AnsweringAsync(400, "application/problem+json", """{"title":"Invalid","detail":"line 2 has 4 columns"}""");
        using var cli = Prepared();

        Assert.Equal(1, await cli.RunAsync("loop", "loop.yaml", "--server", server.Address.ToString()));

        Assert.Contains("the data prices.csv was refused: line 2 has 4 columns", cli.Error);
    }

    private static CliRun Prepared()
    {
        var cli = new CliRun();
        cli.Write("loop.yaml", LoopYaml);
        cli.Write("prices.csv", Data);
        return cli;
    }

    private static string Report(string state, int failed) =>
        $$"""
        {"loop":"prices","metric":"r2","state":"{{state}}","message":"no rows","progress":{"step":1,"steps":2,"time":"2000-02-01T00:00:00Z"},
         "windows":[{"window":"2004","rows":120,"static":0.312,"loop":0.655,"oracle":null,"version":2}],"requests":{"sent":100,"failed":{{failed}}},
         "trainings":2,"promotions":1,"rollbacks":0,"events":[{"time":"2000-01-31T00:00:00Z","kind":"training","reason":"first model"}],"seconds":1.5}
        """;

    // Reports are answered one after the other; null drops the connection, as a server does that is killed.
    private static Task<WireServer> ServeAsync(Dictionary<string, string> received, params string?[] reports)
    {
        var next = 0;
        return WireServer.StartAsync(async context =>
        {
            var request = context.Request;
            received[$"{request.Method} {request.Path}{request.QueryString}"] = await WireServer.BodyAsync(context);
            var answer = request.Method switch
            {
                "POST" => """{"digest":"abc"}""",
                "PATCH" => "{}",
                _ => reports[Math.Min(next++, reports.Length - 1)],
            };
            if (answer is null)
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync(answer);
        });
    }
}
