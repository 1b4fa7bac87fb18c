using Microsoft.AspNetCore.Http;
using Slipway.Client;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Tests;

/// <summary>Whatever a server refuses reaches the user as one line and exit code 1.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(404, "application/json", """{"kind":"Status","status":"Failure","message":"loops.slipway.dev \"x\" not found","reason":"NotFound","code":404}""", "loops.slipway.dev \"x\" not found")]
    [InlineData(400, "application/problem+json", """{"title":"Invalid","status":400,"detail":"spec.metric: unknown"}""", "spec.metric: unknown")]
    [InlineData(404, "text/plain", "404 page not found\n", "GET /api answered 404: 404 page not found")]
    [InlineData(502, "text/html", "<html><body>Bad gateway</body></html>", "GET /api answered 502")]
    [InlineData(500, "application/json", "{\"half\":", "GET /api answered 500")]
    [InlineData(200, "text/html", "<html>Another site</html>", "did not answer as a Slipway server does")]
    public async Task ServerThatRefuses_IsQuotedInOneLine(int status, string type, string body, string line)
    {
        await using var server = await WireServer.AnsweringAsync(status, type, body);
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("get", "loops", "--server", server.Address.ToString()));

        Assert.StartsWith("error: ", cli.Error);
        Assert.Contains(line, cli.Error);
        Assert.Single(cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task NobodyListens_SaysHowToStartAServer()
    {
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("audit", "verify", "--server", $"127.0.0.1:{WireServer.UnusedPort()}"));

        Assert.Contains("slipway up", cli.Error);
    }

    [Fact]
    public async Task ServerThatComesUpMeanwhile_IsWaitedFor()
    {
        var port = WireServer.UnusedPort();
        using var cli = new CliRun();

        var asked = cli.RunAsync("audit", "verify", "--server", $"http://127.0.0.1:{port}", "-o", "json");
        await using var server = await WireServer.StartAsync(async context => await context.Response.WriteAsync("""{"events":3,"intact":true,"firstBroken":null}"""), port);

        Assert.Equal(0, await asked);
        Assert.Contains("\"events\": 3", cli.Out);
    }

    [Fact]
    public async Task BrokenAuditChain_EndsWithOneAndNamesTheEvent()
    {
        await using var server = await WireServer.AnsweringAsync(200, "application/json", """{"events":9,"intact":false,"firstBroken":4}""");
        using var cli = new CliRun { Environment = { ["SLIPWAY_SERVER"] = server.Address.ToString() } };

        Assert.Equal(1, await cli.RunAsync("audit", "verify"));

        Assert.Contains("BROKEN from event 4", cli.Out);
    }

    [Theory]
    [InlineData("AlreadyExists", 409, ProblemCode.AlreadyExists)]
    [InlineData("Conflict", 409, ProblemCode.Conflict)]
    [InlineData("Invalid", 422, ProblemCode.Invalid)]
    [InlineData("Expired", 410, ProblemCode.Expired)]
    [InlineData("TooManyRequests", 429, ProblemCode.Exhausted)]
    public async Task StatusReason_BecomesTheProblemsCodeWithItsFaults(string reason, int status, ProblemCode code)
    {
        var body = $$$"""{"kind":"Status","message":"m","reason":"{{{reason}}}","code":{{{status}}},"details":{"causes":[{"field":"spec.x","message":"bad"}]}}""";
        await using var server = await WireServer.AnsweringAsync(status, "application/json", body);
        using var client = new SlipwayClient(server.Address);

        var problem = (await client.Info.GetVersionAsync(TestContext.Current.CancellationToken)).Problem!;

        Assert.Equal((code, new Fault("spec.x", "bad")), (problem.Code, problem.Faults.Single()));
    }

    [Fact]
    public async Task ServerThatIsSilent_IsGivenUpInTime()
    {
        await using var server = await WireServer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var client = new SlipwayClient(server.Address, new SlipwayClientOptions { Timeout = TimeSpan.FromMilliseconds(50) });

        Assert.Equal(ProblemCode.DeadlineExceeded, (await client.Info.GetVersionAsync(TestContext.Current.CancellationToken)).Problem!.Code);
    }
}
