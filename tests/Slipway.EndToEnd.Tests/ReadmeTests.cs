using System.Text.RegularExpressions;
using Slipway.Conformance;
using Slipway.EndToEnd.Tests.CommandLine;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests;

/// <summary>Every command in the README does what it says. They run in a folder of their own that links to the checkout.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ReadmeTests()
    {
        foreach (var name in (string[])["slipway", "test", "samples"])
        {
            File.CreateSymbolicLink(_folder.File(name), Path.Combine(Checkout.Root, name));
        }
    }

    private static string Text { get; } = File.ReadAllText(Path.Combine(Checkout.Root, "README.md"));

    private static string[] Lines { get; } =
        [.. Blocks().Matches(Text).SelectMany(m => m.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    [Fact]
    public async Task EveryCommand_Works()
    {
        await using var server = await SlipwayProcess.StartAsync(_folder.FullPath);
        // Those that never end or would start this test again are tested on their own, below and elsewhere.
        var others = Lines.Except(["./slipway up", "./slipway demo", "./test"]).ToArray();
        Assert.NotEmpty(others);

        foreach (var line in others)
        {
            var command = line.Replace("http://127.0.0.1:8080", server.Address.ToString().TrimEnd('/'));
            var outcome = await Commands.RunAsync("bash", ["-c", $"cd '{_folder.FullPath}' && {command}"], new Dictionary<string, string>
            {
                ["SLIPWAY_SERVER"] = server.Address.ToString(), ["NO_PROXY"] = "*", ["no_proxy"] = "*",
            });
            Assert.True(outcome.ExitCode == 0, $"{line}\n{outcome.Output}\n{outcome.Error}");
        }
    }

    [Fact]
    public void TheTwoCommands_StandFirst() => Assert.Equal(["./slipway demo", "./test"], Lines.Take(2));

    [Fact]
    public async Task Test_KnowsItsOptionsAndRefusesOthers()
    {
        var none = new Dictionary<string, string>();

        Assert.Contains("--filter", (await Commands.RunAsync(_folder.File("test"), ["--help"], none)).Text);
        Assert.Equal(2, (await Commands.RunAsync(_folder.File("test"), ["--nonsense"], none)).ExitCode);
        Assert.EndsWith("1 failed\n", (await Commands.RunAsync(_folder.File("test"), ["--filter", "NoSuchProject"], none)).Output);
    }

    [Fact]
    public void EveryLink_LeadsToAFile() =>
        Assert.All(Links().Matches(Text).Select(m => m.Groups[1].Value).Where(l => !l.StartsWith("http", StringComparison.Ordinal)), l => Assert.True(Path.Exists(Path.Combine(Checkout.Root, l)), l));

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Links();
}
