using Slipway.Cli.Verbs;

namespace Slipway.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. VerbTable.All.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task EveryVerb_HasHelpThatShowsAnExampleOrItsSubverbs(string verb)
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync(verb, "--help"));

        Assert.True(cli.Out.Contains($"Examples:\n  slipway {verb}") || cli.Out.Contains("Examples:\n  ") || cli.Out.Contains("Commands:"), cli.Out);
        Assert.DoesNotContain("testhost", cli.Error);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EveryExample_IsACommandLineThatParses(string verb)
    {
        using var cli = new CliRun();
        var command = VerbTable.All.Single(v => v.Name == verb).Create(cli.Context());

        foreach (var example in new[] { command }.Concat(command.Subcommands).OfType<Verb>().SelectMany(v => v.Examples))
        {
            // Only the part that is slipway's: no pipe before it, no redirection behind it.
            var line = example.Line[example.Line.IndexOf("slipway ", StringComparison.Ordinal)..].Split('>')[0].TrimEnd(')', ' ');
            Assert.Empty(Parse(cli, line).Errors);
        }
    }

    [Fact]
    public async Task NoArguments_ShowHelpWithEveryVerb()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync());

        Assert.All(VerbTable.All, v => Assert.Contains($"  {v.Name} ", cli.Out));
        Assert.Contains("slipway demo", cli.Out);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("up", "--prot", "1")]
    [InlineData("get")]
    [InlineData("apply")]
    [InlineData("get", "loops", "-o", "xml")]
    [InlineData("completion", "tcsh")]
    [InlineData("wait", "loop/x")]
    [InlineData("delete", "loop")]
    [InlineData("wait", "loop/x", "--for", "sunshine")]
    [InlineData("get", "loops", "--server", "ftp://x")]
    public async Task CommandLineThatMakesNoSense_EndsWithTwoAndSaysWhy(params string[] args)
    {
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync(args));

        Assert.StartsWith("error: ", cli.Error);
        Assert.Empty(cli.Out);
    }

    [Theory]
    [InlineData("bash", "complete ")]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c slipway")]
    public async Task Completion_PrintsAScriptForTheShell(string shell, string part)
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("completion", shell));

        Assert.Contains(part, cli.Out);
    }

    [Fact]
    public async Task Suggestions_OfACommandAreItsCommandsAndOptions()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("[suggest:16]", "slipway rollout "));

        Assert.Equal(["--help", "-?", "-h", "abort", "pause", "promote", "resume", "status", "undo"], cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Suggestions_NameTheVerbsThatStartAsTyped()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("[suggest:10]", "slipway de"));

        Assert.Equal(["delete", "demo", "deploy", "describe"], cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith('-')).Order());
    }

    private static System.CommandLine.ParseResult Parse(CliRun cli, string line)
    {
        var root = new System.CommandLine.RootCommand();
        foreach (var (_, create) in VerbTable.All)
        {
            root.Subcommands.Add(create(cli.Context()));
        }

        return root.Parse(line["slipway ".Length..]);
    }
}
