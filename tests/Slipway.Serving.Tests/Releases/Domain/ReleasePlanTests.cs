using System.Text.Json.Nodes;
using Slipway.Serving.Releases.Domain;

namespace Slipway.Serving.Tests.Releases.Domain;

public sealed class ReleasePlanTests
{
    [Fact]
    public void AnEmptySpec_IsACanaryInTwoSteps()
    {
        var plan = ReleasePlanReader.Read([]).OrThrow();
        Assert.Equal((ReleaseStrategy.Canary, true, 10), (plan.Strategy, plan.AutoPromote, plan.KeepFormer.TotalMinutes));
        Assert.Equal([(10, 5.0), (50, 5.0)], plan.Steps.Select(s => (s.Percent, s.For.TotalMinutes)));
    }

    [Theory]
    [InlineData("""{"strategy":"shadow"}""", 100, false)]
    [InlineData("""{"strategy":"bluegreen","for":"1m"}""", 0, true)]
    [InlineData("""{"strategy":"ab","for":"7d"}""", 0, true)]
    public void Defaults_FollowTheStrategy(string spec, int mirrored, bool promotes)
    {
        var plan = ReleasePlanReader.Read((JsonObject)JsonNode.Parse(spec)!).OrThrow();
        Assert.Equal((mirrored, promotes), (plan.MirrorPercent, plan.AutoPromote));
    }

    [Theory]
    [InlineData("""{"strategy":"canary","percent":10}""", "spec.percent")]
    [InlineData("""{"strategy":"ab"}""", "spec.for")]
    [InlineData("""{"strategy":"shadow","mirrorPercent":0}""", "spec.mirrorPercent")]
    [InlineData("""{"steps":[]}""", "spec.steps")]
    [InlineData("""{"steps":[{"percent":50},{"percent":50}]}""", "spec.steps[1].percent")]
    [InlineData("""{"steps":[{"percent":50,"for":"soon"}]}""", "spec.steps[0].for")]
    [InlineData("""{"interval":"10ms"}""", "spec.interval")]
    [InlineData("""{"keepFormer":"-1"}""", "spec.keepFormer")]
    [InlineData("""{"analyses":[{"metric":"errorRate"}]}""", "spec.analyses[0]")]
    [InlineData("""{"analyses":[{"metric":"happiness","max":1}]}""", "spec.analyses[0].metric")]
    [InlineData("""{"analyses":[{"metric":"loss","maxRatio":1}]}""", "spec.monitor")]
    [InlineData("""{"analyses":[{"metric":"disagreement","max":0.1}]}""", "spec.mirrorPercent")]
    [InlineData("""{"mirrorPercent":10,"analyses":[{"metric":"disagreement","maxRatio":2}]}""", "spec.analyses[0].maxRatio")]
    [InlineData("""{"strategy":"ab","winner":{"metric":"latencyP95"}}""", "spec.winner.metric")]
    public void AFault_NamesItsField(string spec, string path) =>
        Assert.Contains(ReleasePlanReader.Read((JsonObject)JsonNode.Parse(spec)!).Problem!.Faults, f => f.Path == path);

    [Fact]
    public void AllFaults_AreToldAtOnce() => Assert.Equal(
        4, ReleasePlanReader.Read((JsonObject)JsonNode.Parse("""{"interval":"x","maxWait":"y","percent":3,"analyses":[{"metric":"errorRate"}]}""")!).Problem!.Faults.Count);
}
