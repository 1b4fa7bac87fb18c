using Slipway.Cli.Output;

namespace Slipway.Cli.Tests;

public sealed class LineDiffTests
{
    [Fact]
    public void SameTexts_HaveNoDifference() => Assert.Equal("", LineDiff.Unified("a\nb\n", "a\nb\n", "x", "y"));

    [Theory]
    [InlineData("", "a\nb\n")]
    [InlineData("a\n", "")]
    [InlineData("a\nb\nc\n", "a\nx\nc\n")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nx\n3\n4\n5\n6\n7\ny\n9\n")]
    public async Task Difference_IsWhatPatchNeedsToMakeOneFromTheOther(string before, string after)
    {
        using var cli = new CliRun();
        var file = cli.Write("before", before);
        var patch = cli.Write("patch", LineDiff.Unified(before, after, "a/before", "b/before"));

        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("patch", ["-s", file, patch]))!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        // patch removes a file that it has emptied.
        Assert.Equal(after, File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "");
    }
}
