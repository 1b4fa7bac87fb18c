using System.Xml.Linq;

namespace Slipway.Architecture.Tests;

/// <summary>What is true of the files themselves.</summary>
public sealed class RepositoryTests
{
    // Put together here, so that this file does not hold what it forbids.
    private static readonly string[] Unfinished = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception", "HACK" + ":"];
    private static readonly string[] Machine = ["/wo" + "rk/", "/ro" + "ot/", "registry.npm" + "js", "api.nuget" + ".org"];

    [Fact]
    public void EveryProjectUnderSrc_SaysItsLayer() => Assert.DoesNotContain(House.Projects, p => p.Layer is null);

    [Fact]
    public void TheSolution_HasEveryProject()
    {
        var listed = XDocument.Load(Path.Combine(House.Root, "Slipway.slnx")).Descendants("Project").Select(p => p.Attribute("Path")!.Value);
        var there = House.Files(["src", "tests", "bench"], ".csproj").Select(House.Relative);

        // ./test writes it anew when it is run by hand.
        Assert.Equal(there.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NothingIsLeftUnfinished() => Assert.Empty(Holding(House.Files(["src", "tests", "bench", "console", "sdk"], ".cs", ".ts", ".tsx", ".py", ".sql"), Unfinished));

    [Fact]
    public void NothingIsTiedToOneMachine() =>
        Assert.Empty(Holding(House.Files(["src", "tests", "bench", "samples", "docs", "deploy"], ".cs", ".csproj", ".json", ".yaml", ".md", ".sh", ".py"), Machine));

    [Fact]
    public void EveryModule_SaysWhatItOwns() =>
        Assert.Empty(House.Modules.Select(m => Path.Combine(Path.GetDirectoryName(m.File)!, "README.md")).Where(f => !File.Exists(f)).Select(House.Relative));

    [Fact]
    public void FilesUnderSrc_AreShortEnoughToReadAtOnce() =>
        Assert.Empty(House.Files(["src"], ".cs").Where(f => File.ReadLines(f).Count() > 400).Select(f => $"{House.Relative(f)}: {File.ReadLines(f).Count()} lines"));

    [Fact]
    public void TheSearchForWords_SeesThemWhenTheyAreThere()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-words-").FullName, "x.cs");
        File.WriteAllText(file, $"// {Unfinished[0]}: later\n// fine\nvar path = \"{Machine[0]}x\";\n");

        Assert.Equal(2, Holding([file], [.. Unfinished, .. Machine]).Count());

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static IEnumerable<string> Holding(IEnumerable<string> files, string[] words) =>
        from file in files
        from line in File.ReadLines(file).Select((text, index) => (text, number: index + 1))
        from word in words
        where line.text.Contains(word, StringComparison.Ordinal)
        select $"{House.Relative(file)}:{line.number}: {word}";
}
