using Slipway.Contracts.Tracking.Ports;
using Slipway.Tracking.Domain;

namespace Slipway.Tracking.Tests.Domain;

public class RunRulesTests
{
    [Theory]
    [InlineData("loss", true)]
    [InlineData("val/loss.1", true)]
    [InlineData("a b:c-d_e", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData("a/../b", false)]
    [InlineData("..", false)]
    [InlineData(".", false)]
    [InlineData("a\0", false)]
    [InlineData("a\n", false)]
    [InlineData("a\\b", false)]
    public void Keys_AreNormalRelativePaths(string key, bool fine) => Assert.Equal(fine, RunRules.Key("metrics", key) is null);

    [Fact]
    public void EveryFault_IsNamedAtOnce()
    {
        var bad = new RunStart("Default", "", "..xyz", "a\0") { Tags = new Dictionary<string, string> { ["ok"] = "\ud800", [".."] = "" } };
        Assert.Equal(["namespace", "runId", "experiment", "name", "tags.ok", "tags"], RunRules.Check(bad)!.Faults.Select(f => f.Path));
    }

    [Fact]
    public void PairsOfSurrogates_AreText() =>
        Assert.Null(RunRules.Check(new RunStart("default", "🏠 \ufffd", TrackingHost.RunId(1), "")));

    [Fact]
    public void Transitions_LeaveAFinishedRunFinished() =>
        Assert.Equal([RunStatus.Finished], RunTransitions.Table.All.Where(t => t.From == RunStatus.Finished).Select(t => t.To).Distinct());
}
