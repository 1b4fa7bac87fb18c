using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Slipway.Cli.Tests;

public sealed class PipelineVerbTests
{
    private const string Short = """
        name: tiny
        params: {n: 3}
        steps:
          first:
            run: seq ${{ params.n }} > "${{ out.data }}"
            out: {data: dataset}
          second:
            in: {data: first.data}
            files: [count.sh]
            run: sh count.sh "$IN_DATA"
        """;

    [Fact]
    public async Task Compile_WritesTheKubeflowForm()
    {
        using var cli = new CliRun();
        cli.Write("pipeline.yaml", Short);
        cli.Write("count.sh", "wc -l \"$1\"\n");

        Assert.Equal(0, await cli.RunAsync("pipeline", "compile", "pipeline.yaml"));

        Assert.StartsWith("components:\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("schemaVersion: \"2.1.0\"", cli.Out, StringComparison.Ordinal);
        Assert.Contains("wc -l", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compile_WritesAFile_ThatCompilesToItself()
    {
        using var cli = new CliRun();
        cli.Write("pipeline.yaml", Short);
        cli.Write("count.sh", "wc -l \"$1\"\n");

        Assert.Equal(0, await cli.RunAsync("pipeline", "compile", "pipeline.yaml", "--to", "compiled.json"));
        Assert.Equal(0, await cli.RunAsync("pipeline", "compile", "compiled.json", "--to", "again.json"));

        var compiled = await File.ReadAllTextAsync(Path.Combine(cli.Directory, "compiled.json"));
        Assert.Equal("tiny", (string?)JsonNode.Parse(compiled)!["pipelineInfo"]!["name"]);
        Assert.Equal(compiled, await File.ReadAllTextAsync(Path.Combine(cli.Directory, "again.json")));
    }

    [Fact]
    public async Task Compile_RefusesWithOneLineForEachFault()
    {
        using var cli = new CliRun();
        cli.Write("pipeline.yaml", "name: p\nsteps:\n  a: {run: x, needs: [gone]}\n  b: {run: x, timeout: soon}\n");

        Assert.Equal(1, await cli.RunAsync("pipeline", "compile", "pipeline.yaml"));

        Assert.Equal(2, cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("error: pipeline.yaml:3: steps.a.needs: there is no step 'gone'", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public async Task Lint_SaysFileLineAndColumn()
    {
        using var cli = new CliRun();
        cli.Write("bad.yaml", "name: p\nsteps:\n  a: {run: x, needs: [b]}\n  b: {run: x, needs: [a]}\n");
        cli.Write("good.yaml", "name: p\nsteps:\n  a: {run: x}\n");
        cli.Write("broken.yaml", "a: [\n");

        Assert.Equal(0, await cli.RunAsync("pipeline", "lint", "good.yaml"));
        Assert.Equal("nothing wrong\n", cli.Out);

        Assert.Equal(1, await cli.RunAsync("pipeline", "lint", "good.yaml", "bad.yaml", "broken.yaml"));
        Assert.Matches(@"(?m)^bad\.yaml:\d+:\d+: error: .*wait for each other in a circle", cli.Out);
        Assert.Matches(@"(?m)^broken\.yaml:\d+:\d+: error: not readable as YAML", cli.Out);
        Assert.EndsWith("2 errors, 0 warnings\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_SpeaksJson()
    {
        using var cli = new CliRun();
        cli.Input = "name: p\nsteps:\n  a: {run: x}\n  b: {}\n";

        Assert.Equal(1, await cli.RunAsync("pipeline", "lint", "-", "--output", "json"));

        var finding = JsonNode.Parse(cli.Out)!["findings"]![0]!;
        Assert.Equal(("error", "-", 4, "steps.b"), ((string?)finding["level"], (string?)finding["file"], (int?)finding["line"], (string?)finding["path"]));
    }

    [Fact]
    public async Task Graph_IsTextAPictureAndJson()
    {
        using var cli = new CliRun();
        cli.Write("pipeline.yaml", "name: tiny\nsteps:\n  a: {run: x}\n  b: {run: x, needs: [a]}\n");

        Assert.Equal(0, await cli.RunAsync("pipeline", "graph", "pipeline.yaml", "--svg", "g.svg"));
        Assert.Equal("tiny\n├─ a\n└─ b ← a\n", cli.Out);
        Assert.Equal("svg", XDocument.Load(Path.Combine(cli.Directory, "g.svg")).Root!.Name.LocalName);

        using var json = new CliRun();
        json.Write("pipeline.yaml", "name: tiny\nsteps:\n  a: {run: x}\n  b: {run: x, needs: [a]}\n");
        Assert.Equal(0, await json.RunAsync("pipeline", "graph", "pipeline.yaml", "-o", "json"));
        Assert.Equal("a", (string?)JsonNode.Parse(json.Out)!["tasks"]![1]!["upstream"]![0]);
    }

    [Fact]
    public async Task FileThatIsNotThere_IsSaidInOneLine()
    {
        using var cli = new CliRun();

        Assert.Equal(1, await cli.RunAsync("pipeline", "compile", "gone.yaml"));

        Assert.Single(cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
