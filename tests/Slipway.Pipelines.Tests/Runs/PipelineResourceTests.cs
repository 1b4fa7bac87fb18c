using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Runs;

public class PipelineResourceTests
{
    [Fact]
    public async Task Diamond_RunsInOrderAndPassesOutputsOn()
    {
        var echo = FakeComponent.Echo();
        await using var host = await PipelinesHost.StartAsync(echo);
        await host.ApplyAsync("diamond", """
            {"parameters": [{"name": "p", "default": 3}], "steps": [
              {"name": "end", "uses": "test/echo", "needs": ["left", "right"], "with": {"both": ["${{ steps.left.outputs.v }}", "${{ steps.right.outputs.v }}"]}},
              {"name": "left", "uses": "test/echo", "needs": ["start"], "with": {"v": "l${{ steps.start.outputs.v }}"}},
              {"name": "right", "uses": "test/echo", "needs": ["start"], "with": {"v": "${{ steps.start.outputs.v }}"}},
              {"name": "start", "uses": "test/echo", "with": {"v": "${{ params.p }}"}}]}
            """);

        var run = await host.RunAsync("diamond");

        Assert.Equal((PipelineRunState.Succeeded, null), (run.State, run.Error));
        var order = echo.Calls.Select(c => c.Step).ToList();
        Assert.Equal(("start", "end", 4), (order[0], order[3], order.Count));
        Assert.Equal("""{"both":["l3",3],"step":"end"}""", run.Steps.Single(s => s.Name == "end").Outputs!.ToJsonString());
        Assert.All(echo.Calls, c => Assert.Equal(("default", run.Id, 1), (c.Namespace, c.RunId, c.Attempt)));
        Assert.Single(await host.EventsAsync("pipeline.run.finished"));
    }

    [Fact]
    public async Task CommandsOfTheShortForm_RunFromAResourceToo()
    {
        await using var host = await PipelinesHost.StartAsync();
        await host.ApplyAsync("lines", """
            {"params": {"count": 3}, "outputs": {"lines": "count.lines"}, "steps": [
              {"name": "make", "run": "seq ${{ params.count }} > \"${{ out.numbers }}\"", "out": {"numbers": "dataset"}},
              {"name": "count", "in": {"numbers": "make.numbers"}, "run": "wc -l < \"$IN_NUMBERS\" | tr -d ' \\n' > \"$OUT_LINES\"", "out": {"lines": "int"}}]}
            """);

        var run = await host.RunAsync("lines", """{"count": 7}""");

        Assert.Equal((PipelineRunState.Succeeded, null), (run.State, run.Error));
        Assert.Equal("""{"lines":7}""", run.Outputs?.ToJsonString());
        Assert.Equal("""{"lines":7}""", run.Steps.Single(s => s.Name == "count").Outputs?.ToJsonString());
        Assert.Equal("lines", (await host.Runs.ListAsync("default", "lines", 10, CancellationToken.None)).Single().Pipeline);
        var unknown = await host.Runs.SubmitAsync(new SubmitPipelineRun("default", "lines", new JsonObject { ["nothing"] = 1 }, "k2", "because"), CancellationToken.None);
        Assert.Equal(ProblemCode.Invalid, unknown.Problem!.Code);
    }

    [Theory]
    [InlineData("""{"steps": [{"name": "a", "run": "true", "needs": ["b"]}]}""", "spec.steps[0].needs")]
    [InlineData("""{"steps": [{"name": "a", "run": "true", "uses": "slipway/train"}]}""", "spec.steps[0]")]
    [InlineData("""{"steps": [{"name": "a", "component": "other.yaml"}]}""", "spec.steps[0].component")]
    [InlineData("""{"steps": [{"name": "a", "uses": "test/echo", "needs": ["a"]}]}""", "spec.steps")]
    public async Task AFaultOfTheShortForm_IsNamedByItsPlaceInTheResource(string spec, string path)
    {
        await using var host = await PipelinesHost.StartAsync();
        var refused = await Assert.ThrowsAsync<ProblemException>(() => host.ApplyAsync("p", spec));
        Assert.Contains(refused.Problem.Faults, f => f.Path.StartsWith(path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PassingFailure_IsTriedAgain()
    {
        var flaky = FakeComponent.Returning(
            "test/flaky", c => c.Attempt == 1 ? Problem.Unavailable("the store is away") : new JsonObject { ["attempt"] = c.Attempt });
        await using var host = await PipelinesHost.StartAsync(flaky);
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/flaky"}]}""");

        var step = (await host.RunAsync("p")).Steps.Single();

        Assert.Equal(("Succeeded", 2, null, 2), (step.State, step.Attempt, step.Error, (int)step.Outputs!["attempt"]!));
    }

    [Fact]
    public async Task PassingFailureThatDoesNotPass_FailsAfterTheLastAttempt()
    {
        var down = FakeComponent.Returning("test/down", _ => Problem.Unavailable("the store is away"));
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, null, [("Slipway:Pipelines:MaxAttempts", "2")], down);
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/down"}]}""");

        var run = await host.RunAsync("p");

        Assert.Equal((PipelineRunState.Failed, "a: the store is away", 2), (run.State, run.Error, down.Calls.Count));
    }

    [Fact]
    public async Task LastingFailure_FailsAtOnceAndSkipsTheRest()
    {
        var bad = FakeComponent.Returning("test/bad", _ => Problem.Invalid("the input is wrong"));
        await using var host = await PipelinesHost.StartAsync(bad);
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/bad"}, {"name": "b", "uses": "test/bad", "needs": ["a"]}]}""");

        var run = await host.RunAsync("p");

        Assert.Equal((PipelineRunState.Failed, "a: the input is wrong"), (run.State, run.Error));
        Assert.Equal([("a", "Failed", 1), ("b", "Skipped", 0)], run.Steps.Select(s => (s.Name, s.State, s.Attempt)));
        Assert.Single(bad.Calls);
    }

    [Theory]
    [InlineData("true", "Succeeded")]
    [InlineData("false", "Skipped")]
    [InlineData("0", "Skipped")]
    [InlineData("null", "Skipped")]
    public async Task Condition_DecidesWhetherAStepRunsAndWhatFollowsRunsEitherWay(string flag, string expected)
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        await host.ApplyAsync("p", """
            {"parameters": [{"name": "go"}], "steps": [
              {"name": "maybe", "uses": "test/echo", "if": "${{ params.go }}", "with": {"v": 1}},
              {"name": "after", "uses": "test/echo", "needs": ["maybe"], "with": {"v": "${{ steps.maybe.outputs.v }}"}}]}
            """);

        var run = await host.RunAsync("p", $$"""{"go": {{flag}}}""");

        Assert.Equal(PipelineRunState.Succeeded, run.State);
        Assert.Equal([expected, "Succeeded"], run.Steps.Select(s => s.State));
        Assert.Equal(expected == "Succeeded" ? "1" : "null", run.Steps[1].Outputs!["v"]?.ToJsonString() ?? "null");
    }

    [Fact]
    public async Task ComponentThatThrows_FailsTheStepInWords()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Returning("test/boom", _ => throw new InvalidOperationException("boom")));
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/boom"}]}""");

        Assert.Equal("a: component test/boom failed unexpectedly: boom", (await host.RunAsync("p")).Error);
    }

    [Fact]
    public async Task OutputThatIsNoJson_FailsTheStepInWords()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Returning("test/nan", _ => new JsonObject { ["loss"] = double.NaN }));
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/nan"}]}""");

        var run = await host.RunAsync("p");

        Assert.Equal(PipelineRunState.Failed, run.State);
        Assert.StartsWith("a: component test/nan failed unexpectedly", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TimeoutInsideAComponent_IsAPassingFailure()
    {
        var slow = FakeComponent.Returning("test/slow", c => c.Attempt == 1 ? throw new TaskCanceledException("no answer in time") : new JsonObject());
        await using var host = await PipelinesHost.StartAsync(slow);
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/slow"}]}""");

        var run = await host.RunAsync("p");

        Assert.Equal((PipelineRunState.Succeeded, 2), (run.State, run.Steps[0].Attempt));
    }

    [Fact]
    public async Task MissingOutput_FailsTheStepThatAsksForIt()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        await host.ApplyAsync("p", """
            {"steps": [{"name": "a", "uses": "test/echo"}, {"name": "b", "uses": "test/echo", "needs": ["a"], "with": {"v": "${{ steps.a.outputs.ghost }}"}}]}
            """);

        Assert.Equal("b: step 'a' has no output 'ghost'; it has: step", (await host.RunAsync("p")).Error);
    }

    [Fact]
    public async Task Siblings_RunAtTheSameTime()
    {
        using var both = new CountdownEvent(2);
        var met = new TaskCompletionSource();
        var meeting = new FakeComponent("test/meet", async (_, cancellation) =>
        {
            if (both.Signal())
            {
                met.SetResult();
            }

            await met.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, cancellation);
            return new JsonObject();
        });
        await using var host = await PipelinesHost.StartAsync(meeting);
        await host.ApplyAsync("p", """{"steps": [{"name": "a", "uses": "test/meet"}, {"name": "b", "uses": "test/meet"}]}""");

        Assert.Equal(PipelineRunState.Succeeded, (await host.RunAsync("p")).State);
    }
}
