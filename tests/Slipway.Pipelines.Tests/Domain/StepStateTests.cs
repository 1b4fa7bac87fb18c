using Slipway.Contracts.Pipelines.Ports;
using Slipway.Pipelines.Domain;
using static Slipway.Pipelines.Domain.StepState;

namespace Slipway.Pipelines.Tests.Domain;

public class StepStateTests
{
    private static readonly Dictionary<(StepState, StepEvent), StepState> Allowed = new()
    {
        [(Pending, StepEvent.Claim)] = Running,
        [(Running, StepEvent.Succeed)] = Succeeded,
        [(Running, StepEvent.Fail)] = Failed,
        [(Running, StepEvent.GiveBack)] = Pending,
        [(Running, StepEvent.Skip)] = Skipped,
    };

    [Fact]
    public void EveryPairOfStateAndEvent_IsAllowedOrRefusedAsWritten()
    {
        foreach (var state in Enum.GetValues<StepState>())
        {
            foreach (var happened in Enum.GetValues<StepEvent>())
            {
                var allowed = StepTransitions.Table.TryNext(state, happened, out var next);
                Assert.Equal((Allowed.TryGetValue((state, happened), out var expected), expected), (allowed, next));
            }

            Assert.Equal(state is Succeeded or Failed or Skipped, StepTransitions.Table.IsFinal(state));
        }
    }

    [Fact]
    public void Outcome_OverAllPairsOfStates_IsOpenWhileSomethingRunsOrCanRun()
    {
        foreach (var a in Enum.GetValues<StepState>())
        {
            foreach (var b in Enum.GetValues<StepState>())
            {
                PipelineRunState? expected = a == Running || b == Running ? null
                    : a == Failed || b == Failed ? PipelineRunState.Failed
                    : a == Pending || b == Pending ? null
                    : PipelineRunState.Succeeded;
                Assert.Equal(expected, RunProgress.Outcome([a, b]));
            }
        }
    }

    [Theory]
    [InlineData(nameof(Pending), nameof(Pending), "a")]
    [InlineData(nameof(Succeeded), nameof(Pending), "b")]
    [InlineData(nameof(Skipped), nameof(Pending), "b")]
    [InlineData(nameof(Running), nameof(Pending), "")]
    [InlineData(nameof(Failed), nameof(Pending), "")]
    [InlineData(nameof(Succeeded), nameof(Running), "")]
    [InlineData(nameof(Succeeded), nameof(Succeeded), "")]
    public void Ready_AreThoseWhoseNeedsAreMet(string a, string b, string expected)
    {
        var definition = new PipelineDefinition([], [new StepDefinition("a", "x", [], null, []), new StepDefinition("b", "x", ["a"], null, [])]);

        var states = new Dictionary<string, StepState> { ["a"] = Enum.Parse<StepState>(a), ["b"] = Enum.Parse<StepState>(b) };
        Assert.Equal(expected, string.Join(',', RunProgress.Ready(definition, states)));
    }
}
