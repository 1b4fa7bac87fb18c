using System.Text.Json.Nodes;
using Slipway.Client.Pipelines;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.Client.Tests.Pipelines;

public sealed class PipelineBuilderTests
{
    [Fact]
    public void Steps_ParametersAndEdges()
    {
        var pipeline = new PipelineBuilder("train", "Trains.");
        var rate = pipeline.Parameter("rate", 0.1);
        var name = pipeline.Parameter<string>("name");
        var prepare = pipeline.Step("prepare").Image("python:3.12").Command("python3", "prepare.py").Cache().Retry(2, TimeSpan.FromSeconds(1)).Resources("2", "4Gi", 1);
        var data = prepare.OutputArtifact("data", "system.Dataset");
        prepare.Arg("--out").ArgOutput("data").Arg(name);
        var train = pipeline.Step("train").Input("rate", rate).Input("data", data).Input("layers", new List<int> { 8, 4 }).Env("MODE", "fast").Script("echo \"$IN_RATE\" > \"$OUT_AUC\"");
        var auc = train.Output<double>("auc");
        var report = pipeline.Step("report").Command("echo").Arg(auc).After(prepare);
        pipeline.Output("auc", auc);

        var spec = Built(pipeline);

        Assert.Equal([ParameterType.NumberDouble, ParameterType.String], spec.Root.Inputs.Parameters.Values.Select(p => p.Type));
        Assert.Equal(new ArtifactSource.TaskOutput("prepare", "data"), spec.Root.Dag!.Tasks["train"].Artifacts["data"]);
        Assert.Equal(["prepare", "train"], spec.Root.Dag.Tasks["report"].Upstream());
        Assert.Equal(["--out", "{{$.outputs.artifacts['data'].path}}", "{{$.inputs.parameters['pipelinechannel--name']}}"], Container(spec, "prepare").Args);
        Assert.Equal(["{{$.inputs.parameters['rate']}}", "{{$.inputs.parameters['layers']}}", "{{$.inputs.artifacts['data'].path}}", "{{$.outputs.parameters['auc'].output_file}}"], Container(spec, "train").Args);
        Assert.Equal(new RetryPolicy(2, TimeSpan.FromSeconds(1), null, null), spec.Root.Dag.Tasks["prepare"].Retry);
        Assert.Equal(ParameterType.NumberDouble, spec.Root.Outputs.Parameters["auc"].Type);
        Assert.Equal("report", report.Name);
    }

    [Fact]
    public void Branches_TakeTheFirstThatHolds_AndOneOfChoosesTheirValue()
    {
        var pipeline = new PipelineBuilder("branches");
        var count = pipeline.Parameter("count", 5);
        var mode = pipeline.Parameter("mode", "it's");
        Value<string> small = null!, large = null!, other = null!;
        pipeline.If(count < 3, g => small = g.Step("small").Command("true").Output<string>("size"))
            .ElseIf((count >= 3) & mode.Is("it's"), g => large = g.Step("large").Command("true").Output<string>("size"))
            .Else(g => other = g.Step("other").Command("true").Output<string>("size"));
        var chosen = pipeline.OneOf(small, large, other);
        pipeline.Step("show").Command("echo").Arg(chosen);

        var spec = Built(pipeline);

        var branches = spec.Components["comp-condition-branches-1"].Dag!;
        Assert.Equal(
            [
                "int(inputs.parameter_values['pipelinechannel--count']) < 3",
                "(!(int(inputs.parameter_values['pipelinechannel--count']) < 3)) && ((int(inputs.parameter_values['pipelinechannel--count']) >= 3) && (inputs.parameter_values['pipelinechannel--mode'] == 'it\\'s'))",
                "(!(int(inputs.parameter_values['pipelinechannel--count']) < 3)) && (!((int(inputs.parameter_values['pipelinechannel--count']) >= 3) && (inputs.parameter_values['pipelinechannel--mode'] == 'it\\'s')))",
            ],
            branches.Tasks.Values.Select(t => t.Trigger.Condition));
        var oneOf = Assert.Single(branches.ParameterOutputs).Value;
        Assert.True(oneOf.IsOneOf);
        Assert.Equal(["condition-1", "condition-2", "condition-3"], oneOf.Selectors.Select(s => s.Task));
        Assert.Equal("condition-branches-1", Assert.Single(spec.Root.Dag!.Tasks["show"].Upstream()));
    }

    [Fact]
    public void Loops_HandTheItemIn_AndCollectWhatComesOut()
    {
        var pipeline = new PipelineBuilder("loops");
        var rate = pipeline.Parameter("rate", 0.5);
        var list = pipeline.Step("list").Command("true").Output<List<int>>("numbers");
        Value<double> score = null!;
        ArtifactReference model = null!;
        var loop = pipeline.ForEach(list, (g, number) =>
        {
            var step = g.Step("train").Command("train").Arg(number).Arg(rate);
            score = step.Output<double>("score");
            model = step.OutputArtifact("model", "system.Model");
            g.ForEach(["a", "b"], (inner, letter) => inner.Step("sub").Command("echo").Arg(letter).Arg(number).Arg(rate), parallelism: 1);
        }, parallelism: 2);
        pipeline.Step("best").Command("best").Arg(loop.Collect(score)).Arg(loop.Collect(model));

        var spec = Built(pipeline);

        var task = spec.Root.Dag!.Tasks["for-loop-1"];
        Assert.Equal("pipelinechannel--list-numbers", task.ParameterIterator!.InputParameter);
        Assert.Equal(2, task.ParallelismLimit);
        Assert.Equal(new ParameterSource.ComponentInput("rate"), task.Parameters["pipelinechannel--rate"].Source);
        var body = spec.Components["comp-for-loop-1"];
        Assert.Equal(ParameterType.NumberInteger, body.Inputs.Parameters[task.ParameterIterator.ItemInput].Type);
        Assert.Equal(ParameterType.List, body.Outputs.Parameters["train-score"].Type);
        Assert.Equal("""["a","b"]""", body.Dag!.Tasks["for-loop-2"].ParameterIterator!.Raw);
        Assert.Equal(ParameterType.List, spec.Components["comp-best"].Inputs.Parameters.Values.Single().Type);
        Assert.True(spec.Components["comp-best"].Inputs.Artifacts.Values.Single().IsList);
    }

    [Fact]
    public void ExitSteps_RunHoweverTheBodyEnded_AndLearnHow()
    {
        var pipeline = new PipelineBuilder("exit");
        var exit = pipeline.OnExit(g => g.Step("work").Command("false"), "clean", s => s.FinalStatus("status").Command("echo").ArgInput("status"));

        var spec = Built(pipeline);

        var clean = spec.Root.Dag!.Tasks[exit.Name];
        Assert.Equal(TriggerStrategy.AllCompleted, clean.Trigger.Strategy);
        Assert.Equal(new ParameterSource.FinalStatus("exit-handler-1"), clean.Parameters["status"].Source);
        Assert.Equal(["exit-handler-1"], clean.Upstream());
    }

    [Fact]
    public void ValuesOfInnerGraphs_ReachStepsOutside()
    {
        var pipeline = new PipelineBuilder("reach");
        Value<string> inside = null!;
        pipeline.OnExit(g => g.If(pipeline.Parameter("go", true).Is(true), c => inside = c.Step("deep").Command("true").Output<string>("x")), "end", s => s.Command("true"));
        pipeline.If(inside.Is("y"), g => g.Step("after").Command("echo").Arg(inside));

        var spec = Built(pipeline);

        Assert.Equal("exit-handler-1", Assert.Single(spec.Root.Dag!.Tasks["condition-branches-2"].Upstream()));
    }

    [Fact]
    public void BuiltInComponents_TakeParametersAsTheyAre()
    {
        var pipeline = new PipelineBuilder("built-in");
        pipeline.Step("notify").Uses("slipway/notify").Input("text", "done").Input("map", new Dictionary<string, object> { ["a"] = 1 });

        var container = Container(Built(pipeline), "notify");

        Assert.Equal((WellKnownImages.Component, "slipway/notify"), (container.Image, container.Command[0]));
    }

    [Fact]
    public void Faults_AreToldAtOnce()
    {
        var pipeline = new PipelineBuilder("Bad Name");
        var first = pipeline.Step("first");
        first.After(pipeline.Step("second").Command("true").After(first)).Command("true");

        var problem = pipeline.Build().Problem!;

        Assert.Equal(2, problem.Faults.Count);
        Assert.Throws<ArgumentException>(() => pipeline.Step("first"));
        Assert.Throws<ArgumentException>(() => pipeline.Parameter("d", DateTime.UnixEpoch));
        Assert.Throws<ArgumentException>(() => first.ArgOutput("gone"));
    }

    [Fact]
    public void Defaults_BindAsGiven()
    {
        var pipeline = new PipelineBuilder("defaults");
        pipeline.Parameter("list", new List<int> { 1, 2 });
        pipeline.Parameter("map", new JsonObject { ["a"] = 1.5 });
        pipeline.Parameter("flag", true);
        pipeline.Step("a").Command("true");

        var bound = RunInputs.Bind(Built(pipeline), []).OrThrow().Parameters;

        Assert.Equal(["[1,2]", "{\"a\":1.5}", "true"], bound.Values.Select(v => v!.ToJsonString()));
    }

    private static ContainerSpec Container(PipelineSpec spec, string step) => Assert.IsType<ExecutorSpec.Container>(spec.Executors["exec-" + step]).Spec;

    /// <summary>Built, without findings, and the same once written and read.</summary>
    private static PipelineSpec Built(PipelineBuilder pipeline)
    {
        var source = PipelineReader.Read(pipeline.ToYaml().OrThrow(), "built.yaml").OrThrow();
        Assert.Empty(PipelineChecks.Of(source));
        return source.Spec;
    }
}
