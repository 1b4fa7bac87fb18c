namespace Slipway.Cli.Tests;

/// <summary>A command line that makes no sense is answered with what was meant, not with a parser's words.</summary>
public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("error: 'deplyo' is none of slipway's commands; did you mean deploy?\nSee: slipway --help\n", "deplyo", "models:/churn/1")]
    [InlineData("error: 'sunshine' is none of slipway's commands\nSee: slipway --help\n", "sunshine")]
    [InlineData("error: 'promot' is none of slipway rollout's commands; did you mean promote?\nSee: slipway rollout --help\n", "rollout", "promot", "churn")]
    [InlineData("error: slipway rollout needs a command: status, pause, resume, promote, abort, undo\nSee: slipway rollout --help\n", "rollout")]
    [InlineData("error: slipway score needs MODEL, IN, OUT\nSee: slipway score --help\n", "score")]
    [InlineData("error: slipway score needs OUT\nSee: slipway score --help\n", "score", "models:/churn/1", "in.csv")]
    [InlineData("error: slipway rollout promote needs NAME\nSee: slipway rollout promote --help\n", "rollout", "promote")]
    [InlineData("error: '--wiat' is no option of slipway deploy; did you mean --wait?\nSee: slipway deploy --help\n", "deploy", "models:/churn/1", "--wiat")]
    [InlineData("error: --canary ten: is no whole number\nSee: slipway deploy --help\n", "deploy", "models:/churn/1", "--canary", "ten")]
    [InlineData("error: --retry-for soon: is no number\nSee: slipway score --help\n", "score", "models:/churn/1", "a.csv", "b.csv", "--retry-for", "soon")]
    [InlineData("error: --component fo: use one of predictor, transformer, explainer\nSee: slipway logs --help\n", "logs", "churn", "--component", "fo")]
    [InlineData("error: FILE: is missing; name a JSON file with the rows to explain (only --method permutation needs none)\n", "explain", "churn")]
    [InlineData("error: --wanted: is missing; a counterfactual needs the class to reach, or MIN..MAX for a number\n", "explain", "churn", "rows.json", "-m", "counterfactual")]
    public async Task WrongCommandLine_SaysWhatIsWrongAndWhatWasMeant(string said, params string[] args)
    {
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync(args));

        Assert.Equal(said, cli.Error);
    }

    [Fact]
    public async Task Help_ShowsDefaultsAsTheyAreTyped()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("deploy", "--help"));

        Assert.Contains("How to print: table, json, yaml [default: table]", cli.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "", "The predictor of churn has printed nothing so far.\n")]
    [InlineData("2", "2026-11-21T10:00:00.000Z worker-0 stdout ready\n", "")]
    public async Task LogsWithoutALine_SayThatTheyAreEmpty(string tail, string lines, string note)
    {
        await using var server = await WireServer.AnsweringAsync(200, "text/plain", lines);
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("logs", "churn", "--tail", tail, "--server", server.Address.ToString()));

        Assert.Equal((lines, note), (cli.Out, cli.Error));
    }
}
