using System.Text.Json.Nodes;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Tests.Domain;

public class LoopSpecTests
{
    [Fact]
    public void LeastThatIsNeeded_TakesTheDefaults()
    {
        var spec = Parse("""{"dataset": {"name": "d"}, "time": "t", "target": "y", "task": "regression"}""").OrThrow();

        Assert.Equal(("d", "latest", "t", "y", LearningTask.Regression, "r2"), (spec.Dataset, spec.DatasetVersion, spec.Time, spec.Target, spec.Task, spec.Metric));
        Assert.Equal((new CalendarStep(CalendarUnit.Month), new CalendarStep(CalendarUnit.Year), null), (spec.Step, spec.Report, spec.FeedbackDelay));
        Assert.Null(spec.Features);
        Assert.Empty(spec.Faults);
    }

    [Fact]
    public void EverythingGiven_IsRead()
    {
        var spec = Parse("""
            {"dataset": {"name": "d", "version": "3"}, "time": "t", "target": "y", "task": "binary", "metric": "auc", "features": ["a", "b"],
             "categorical": ["b"], "train": {"from": "2000-01-01", "until": "2001-01-01T02:00:00+02:00"}, "step": "500 rows", "report": "1000 rows",
             "feedbackDelay": "200 rows", "faults": ["corrupted-challenger"]}
            """).OrThrow();

        Assert.Equal((LearningTask.Binary, "auc", "3"), (spec.Task, spec.Metric, spec.DatasetVersion));
        Assert.Equal((new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero)), (spec.TrainFrom, spec.TrainUntil));
        Assert.Equal((500, 1000, 200), (spec.Step.Rows, spec.Report.Rows, spec.FeedbackDelay!.Value.Rows));
        Assert.Equal([["a", "b"], ["b"], ["corrupted-challenger"]], new[] { spec.Features!, spec.Categorical, spec.Faults });
    }

    [Fact]
    public void EveryFault_IsToldAtOnce()
    {
        var problem = Parse("""
            {"time": "t", "target": "t", "task": "guess", "metric": "beauty", "features": ["t"], "train": {"from": "2001", "until": "soon"},
             "step": "fortnight", "report": "0 rows", "faults": ["flood"]}
            """).Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Equal(
            ["spec.target", "spec.task", "spec.metric", "spec.features", "spec.train.until", "spec.step", "spec.report", "spec.faults", "spec.dataset.name"],
            problem.Faults.Select(f => f.Path).Where(p => p != "spec.train.from").Distinct());
    }

    [Theory]
    [InlineData("\"time\": \"\"", "spec.time")]
    [InlineData("\"target\": null", "spec.target")]
    [InlineData("\"task\": \"multiclass\", \"metric\": \"auc\"", "spec.metric")]
    [InlineData("\"metric\": \"accuracy\"", "spec.metric")]
    [InlineData("\"features\": [\"a\", \"y\"]", "spec.features")]
    [InlineData("\"train\": {\"from\": \"2001-01-01\", \"until\": \"2001-01-01\"}", "spec.train.until")]
    [InlineData("\"feedbackDelay\": \"10 rows\"", "spec.feedbackDelay")]
    [InlineData("\"step\": \"10 rows\", \"feedbackDelay\": \"month\"", "spec.feedbackDelay")]
    [InlineData("\"dataset\": {}", "spec.dataset.name")]
    public void OneFault_IsToldWithItsPlace(string member, string expected)
    {
        var spec = (JsonObject)JsonNode.Parse("""{"dataset": {"name": "d"}, "time": "t", "target": "y", "task": "regression"}""")!;
        foreach (var (name, value) in (JsonObject)JsonNode.Parse($"{{{member}}}")!)
        {
            spec[name] = value?.DeepClone();
        }

        Assert.Equal(expected, Assert.Single(LoopSpec.Parse(spec).Problem!.Faults).Path);
    }

    internal static Result<LoopSpec> Parse(string json) => LoopSpec.Parse((JsonObject)JsonNode.Parse(json)!);
}
