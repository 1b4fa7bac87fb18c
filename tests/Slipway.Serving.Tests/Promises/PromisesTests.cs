using System.Text.RegularExpressions;

namespace Slipway.Serving.Tests.Promises;

/// <summary>The README's list of promises and the tests that keep them: none of them may go unnoticed.</summary>
public sealed partial class PromisesTests
{
    [Fact]
    public void EveryPromise_HasATest_ThatIsThere()
    {
        var tests = Path.Combine(Root(), "tests");
        var named = Named().Matches(File.ReadAllText(Path.Combine(tests, "Slipway.Serving.Tests", "README.md")));
        Assert.True(named.Count >= 20, "the list has shrunk");
        foreach (var test in named.Select(n => (Class: n.Groups[1].Value, Method: n.Groups[2].Value)))
        {
            var file = Assert.Single(Directory.EnumerateFiles(tests, test.Class + ".cs", SearchOption.AllDirectories));
            Assert.Matches($@"\n    public (async )?(Task|void) {test.Method}\(", File.ReadAllText(file));
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex Named();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("no Slipway.slnx above the tests");
        }

        return folder.FullName;
    }
}
