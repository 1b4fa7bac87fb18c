using System.Text;
using System.Text.RegularExpressions;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.ShortForm;

namespace Slipway.PipelineLanguage.Tests;

/// <summary>What the samples and the documentation show is what compiles.</summary>
public sealed partial class SampleFilesTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Path.Combine(Root, "samples/pipelines"), "*.yaml").Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Samples_CompileWithoutFindings(string name) =>
        Assert.Empty(PipelineChecks.Of(PipelineText.Read(File.ReadAllBytes(Path.Combine(Root, "samples/pipelines", name)), name, NoFiles.Read).OrThrow()));

    [Fact]
    public void ThePipelineOfTheDocumentation_Compiles()
    {
        var block = ShortFormBlock().Match(File.ReadAllText(Path.Combine(Root, "docs/pipelines.md"))).Value;
        var text = string.Join('\n', block.Split('\n').Select(l => l.Length > 4 ? l[4..] : ""));

        Assert.Empty(PipelineChecks.Of(PipelineText.Read(Encoding.UTF8.GetBytes(text), "docs/pipelines.md", NoFiles.Read).OrThrow()));
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Directory.Packages.props")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("No repository above the tests");
        }

        return folder;
    }

    [GeneratedRegex(@"(?m)^    name: count-lines\n(    .*\n)+", RegexOptions.CultureInvariant)]
    private static partial Regex ShortFormBlock();
}
