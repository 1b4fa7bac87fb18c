using Slipway.Cli.Loops;

namespace Slipway.Cli.Tests;

public sealed class LoopFileTests
{
    private const string Good =
        """
        apiVersion: slipway.dev/v1
        kind: Loop
        metadata: {name: prices}
        spec:
          data: prices.csv
          time: at
          target: price
          task: regression
          features: [city]
          train: {from: 2000-01-01, until: 2003-01-01}
          step: month
          report: 500 rows
          feedbackDelay: month
          metric: r2
        """;

    [Fact]
    public void GoodFile_KnowsItsDataRelativeToItself()
    {
        using var cli = new CliRun();
        cli.Write("sub/prices.csv", "at,city,price\n");

        var loop = LoopFile.Read(cli.Write("sub/loop.yaml", Good)).OrThrow();

        Assert.Equal(("prices", "csv", Path.Combine(cli.Directory, "sub/prices.csv")), (loop.Name, loop.Format, loop.DataFile));
    }

    [Theory]
    [InlineData("data: prices.csv", "data: other.csv", "spec.data names")]
    [InlineData("  time: at\n", "", "spec.time is missing")]
    [InlineData("target: price", "target: cost", "spec.target names the column \"cost\"; prices.csv has at, city, price")]
    [InlineData("[city]", "[city, street]", "spec.features[1] names the column \"street\"")]
    [InlineData("[city]", "city", "spec.features must be a list")]
    [InlineData("task: regression", "task: guess", "spec.task is \"guess\"")]
    [InlineData("metric: r2", "metric: [r2]", "spec.metric must be text")]
    [InlineData("step: month", "step: fortnight", "spec.step is \"fortnight\"")]
    [InlineData("until: 2003-01-01", "until: 1999-01-01", "until must be later than from")]
    [InlineData("from: 2000-01-01", "from: soon", "spec.train.from is not a date")]
    [InlineData("kind: Loop", "kind: Monitor", "of kind Loop")]
    public void Fault_IsNamedWithItsPath(string good, string bad, string part)
    {
        using var cli = new CliRun();
        cli.Write("prices.csv", "at,city,price\n");

        Assert.Contains(part, LoopFile.Read(cli.Write("loop.yaml", Good.ReplaceLineEndings("\n").Replace(good, bad))).Problem!.Message);
    }

    [Fact]
    public void SeveralFaults_AreReportedTogether()
    {
        using var cli = new CliRun();

        var problem = LoopFile.Read(cli.Write("loop.yaml", Good.Replace("step: month", "step: x").Replace("task: regression", "task: y"))).Problem!;

        Assert.Equal(["spec.data", "spec.step", "spec.task"], problem.Faults.Select(f => f.Path).Order());
    }

    [Fact]
    public void TheSample_IsAGoodLoop()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Directory.Packages.props")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        Assert.Equal("housing", LoopFile.Read(Path.Combine(root, "samples/housing/loop.yaml")).OrThrow().Name);
    }
}
