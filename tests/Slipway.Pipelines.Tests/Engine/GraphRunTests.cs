using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Runs;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>What runs, in which order, with which values, by the IR's constructs; steps run in process.</summary>
public class GraphRunTests
{
    private static readonly FakeComponent Fail = FakeComponent.Returning("test/fail", _ => Problem.Invalid("broken"));

    [Fact]
    public async Task Values_GoFromTaskToTaskAndOutOfThePipeline()
    {
        await using var host = await HostAsync();
        var run = await host.RunIrAsync(IrText.Pipeline(
            """
            a: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {componentInputParameter: n}}}}
            b: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {taskOutputParameter: {producerTask: a, outputParameterKey: out}}}}}
            """,
            """
              outputs: {parameters: {result: {valueFromParameter: {producerSubtask: b, outputParameterKey: out}}}}
            inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER, defaultValue: 3.0}}}
            outputDefinitions: {parameters: {result: {parameterType: NUMBER_INTEGER}}}
            """));

        Assert.Equal(("Succeeded", """{"result":3}"""), (run.Run.State, run.Run.Outputs));
        Assert.Equal(["a Succeeded", "b Succeeded", "root Succeeded"], States(run));
    }

    [Fact]
    public async Task Condition_DecidesAndWhatFollowsASkippedTaskIsSkipped()
    {
        await using var host = await HostAsync();
        var yaml = IrText.Pipeline(
            """
            go:
              componentRef: {name: comp-echo}
              inputs: {parameters: {v: {componentInputParameter: n}}}
              triggerPolicy: {condition: "int(inputs.parameter_values['v']) > 2"}
            after: {componentRef: {name: comp-echo}, dependentTasks: [go]}
            whatever: {componentRef: {name: comp-echo}, dependentTasks: [go], triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}}
            """,
            "inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}");

        Assert.Equal(["after Succeeded", "go Succeeded", "root Succeeded", "whatever Succeeded"], States(await host.RunIrAsync(yaml, """{"n": 3}""")));
        Assert.Equal(["after Skipped", "go Skipped", "root Succeeded", "whatever Succeeded"], States(await host.RunIrAsync(yaml, """{"n": 1}""")));
    }

    [Fact]
    public async Task BrokenCondition_FailsTheTask()
    {
        await using var host = await HostAsync();
        var run = await host.RunIrAsync(IrText.Pipeline(
            """go: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {runtimeValue: {constant: text}}}}, triggerPolicy: {condition: "inputs.parameter_values['v'] > 2"}}"""));

        Assert.Equal("Failed", run.Run.State);
        Assert.Equal(("Failed", "Values"), run.Tasks.Where(t => t.Name == "go").Select(t => (t.State, t.Cause)).Single());
    }

    [Fact]
    public async Task Failure_LetsBranchesGoOnThatDoNotDependOnIt()
    {
        await using var host = await HostAsync();
        var run = await host.RunIrAsync(Branches);

        Assert.Equal("Failed", run.Run.State);
        Assert.Equal("bad: broken", run.Run.Error);
        Assert.Equal(["root Failed", "bad Failed", "good Succeeded", "after-bad Skipped", "after-good Succeeded", "exit Succeeded"], Sorted(run));
    }

    [Fact]
    public async Task FailFast_StartsNothingFurtherButExitTasks()
    {
        await using var host = await HostAsync(("Slipway:Pipelines:ParallelSteps", "1"));
        var run = await host.RunIrAsync(Branches, options: new RunOptions(Failure: FailureMode.FailFast));

        Assert.Equal(["root Failed", "bad Failed", "good Skipped", "after-bad Skipped", "after-good Skipped", "exit Succeeded"], Sorted(run));
    }

    [Fact]
    public async Task ExitTask_IsToldHowTheGroupEnded()
    {
        await using var host = await HostAsync();
        var run = await host.RunIrAsync(IrText.Pipeline(
            """
            exit-handler-1: {componentRef: {name: comp-body}}
            report:
              componentRef: {name: comp-report}
              dependentTasks: [exit-handler-1]
              inputs: {parameters: {v: {taskFinalStatus: {producerTask: exit-handler-1}}}}
              triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
            """,
            components: """
            comp-body: {dag: {tasks: {bad: {componentRef: {name: comp-fail}}}}}
            comp-report:
              executorLabel: exec-echo
              inputDefinitions: {parameters: {v: {parameterType: TASK_FINAL_STATUS}}}
              outputDefinitions: {parameters: {out: {parameterType: STRUCT}}}
            """));

        var told = TaskValuesJson.Parse(run.Tasks.Single(t => t.Name == "report").Outputs!).Parameters["out"]!;
        Assert.Equal(("FAILED", "exit-handler-1"), ((string?)told["state"], (string?)told["pipelineTaskName"]));
        Assert.Contains("broken", (string?)told["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal("Failed", run.Run.State);
    }

    [Fact]
    public async Task Loop_RunsEachItemAndCollectsInOrder()
    {
        await using var host = await HostAsync();
        var run = await host.RunIrAsync(Loop("items: {raw: '[3, 1, 2]'}"));

        Assert.Equal(("Succeeded", """{"all":[3,1,2]}"""), (run.Run.State, run.Run.Outputs));
        Assert.Equal(["root/for-loop-1[0]/body", "root/for-loop-1[1]/body", "root/for-loop-1[2]/body"], run.Tasks.Where(t => t.Name == "body").Select(t => t.Path).Order());
        Assert.Equal([0L, 1L, 2L], run.Tasks.Where(t => t.Parent == "root/for-loop-1").OrderBy(t => t.Path).Select(t => t.Iteration));
    }

    [Fact]
    public async Task LoopOverNothing_Succeeds()
    {
        await using var host = await HostAsync();

        var run = await host.RunIrAsync(Loop("items: {raw: '[]'}"));

        Assert.Equal(("Succeeded", """{"all":[]}"""), (run.Run.State, run.Run.Outputs));
    }

    [Fact]
    public async Task ParallelismLimit_BoundsIterations()
    {
        var (now, most) = (0, 0);
        var slow = new FakeComponent("test/echo", async (context, cancellation) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
            Interlocked.Decrement(ref now);
            return new JsonObject { ["out"] = context.Inputs["v"]?.DeepClone() };
        });
        await using var host = await PipelinesHost.StartAsync(Platform.Database.DatabaseEngine.Sqlite, null, [("Slipway:Pipelines:ParallelSteps", "16")], slow);

        var run = await host.RunIrAsync(Loop("items: {raw: '[1, 2, 3, 4, 5, 6, 7, 8]'}", "iteratorPolicy: {parallelismLimit: 2}"));

        Assert.Equal(("""{"all":[1,2,3,4,5,6,7,8]}""", 2), (run.Run.Outputs, most));
    }

    [Fact]
    public async Task FailedIteration_FailsTheLoopAndTheOthersFinish()
    {
        var some = FakeComponent.Returning("test/echo", c => (int)c.Inputs["v"]! == 2 ? Problem.Invalid("two is broken") : new JsonObject { ["out"] = 1 });
        await using var host = await PipelinesHost.StartAsync(some);

        var run = await host.RunIrAsync(Loop("items: {raw: '[1, 2, 3]'}"));

        Assert.Equal(("Failed", "for-loop-1[1]/body: two is broken"), (run.Run.State, run.Run.Error));
        Assert.Equal(["Failed", "Succeeded", "Succeeded"], run.Tasks.Where(t => t.Name == "body").Select(t => t.State).Order());
    }

    [Fact]
    public async Task OneOf_TakesTheBranchThatRan()
    {
        await using var host = await HostAsync();
        var yaml = IrText.Pipeline(
            """
            branches: {componentRef: {name: comp-branches}, inputs: {parameters: {n: {componentInputParameter: n}}}}
            use: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {taskOutputParameter: {producerTask: branches, outputParameterKey: chosen}}}}}
            """,
            """
              outputs: {parameters: {result: {valueFromParameter: {producerSubtask: use, outputParameterKey: out}}}}
            inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}
            outputDefinitions: {parameters: {result: {parameterType: STRING}}}
            """,
            """
            comp-branches:
              inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}
              outputDefinitions: {parameters: {chosen: {parameterType: STRING}}}
              dag:
                outputs:
                  parameters:
                    chosen:
                      valueFromOneof: {parameterSelectors: [{producerSubtask: big, outputParameterKey: out}, {producerSubtask: small, outputParameterKey: out}]}
                tasks:
                  big:
                    componentRef: {name: comp-echo}
                    inputs: {parameters: {v: {runtimeValue: {constant: big}}, n: {componentInputParameter: n}}}
                    triggerPolicy: {condition: "int(inputs.parameter_values['n']) > 2"}
                  small:
                    componentRef: {name: comp-echo}
                    inputs: {parameters: {v: {runtimeValue: {constant: small}}, n: {componentInputParameter: n}}}
                    triggerPolicy: {condition: "!(int(inputs.parameter_values['n']) > 2)"}
            """);

        Assert.Equal("""{"result":"big"}""", (await host.RunIrAsync(yaml, """{"n": 3}""")).Run.Outputs);
        Assert.Equal("""{"result":"small"}""", (await host.RunIrAsync(yaml, """{"n": 1}""")).Run.Outputs);
    }

    [Fact]
    public async Task RetryPolicy_TriesAgainAfterTheBackoff()
    {
        var flaky = FakeComponent.Returning("test/echo", c => c.Attempt < 3 ? Problem.Invalid("not yet") : new JsonObject { ["out"] = c.Attempt });
        await using var host = await PipelinesHost.StartAsync(flaky);
        string Yaml(int retries) => IrText.Pipeline(
            $$$"""a: {componentRef: {name: comp-echo}, retryPolicy: {maxRetryCount: {{{retries}}}, backoffDuration: "0.01s"}}""");

        var enough = await host.RunIrAsync(Yaml(2));
        var few = await host.RunIrAsync(Yaml(1));

        Assert.Equal(("Succeeded", 3L), (enough.Run.State, enough.Tasks.Single(t => t.Name == "a").Attempt));
        Assert.Equal(("Failed", 2L), (few.Run.State, few.Tasks.Single(t => t.Name == "a").Attempt));
    }

    [Fact]
    public async Task WrongParameters_AreRefusedAllAtOnceBeforeAnythingRuns()
    {
        await using var host = await HostAsync();
        var yaml = IrText.Pipeline(
            "a: {componentRef: {name: comp-echo}}", "inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}, s: {parameterType: STRING}}}");

        var refused = (await host.SubmitIrAsync(yaml, """{"n": "x", "ghost": 1}""")).Problem!;

        Assert.Equal(["parameters.ghost", "parameters.n", "parameters.s"], refused.Faults.Select(f => f.Path).Order());
        Assert.Empty(await host.EventsAsync("pipeline.run.submitted"));
    }

    private static string Branches => IrText.Pipeline(
        """
        bad: {componentRef: {name: comp-fail}}
        good: {componentRef: {name: comp-echo}}
        after-bad: {componentRef: {name: comp-echo}, dependentTasks: [bad]}
        after-good: {componentRef: {name: comp-echo}, dependentTasks: [good]}
        exit: {componentRef: {name: comp-echo}, dependentTasks: [bad, good], triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}}
        """);

    private static string Loop(string items, string policy = "") => IrText.Pipeline(
        """
        for-loop-1:
          componentRef: {name: comp-loop}
          parameterIterator: {ITEMS, itemInput: item}
          POLICY
        """.Replace("ITEMS", items, StringComparison.Ordinal).Replace("POLICY", policy, StringComparison.Ordinal),
        """
          outputs: {parameters: {all: {valueFromParameter: {producerSubtask: for-loop-1, outputParameterKey: each}}}}
        outputDefinitions: {parameters: {all: {parameterType: LIST}}}
        """,
        """
        comp-loop:
          inputDefinitions: {parameters: {item: {parameterType: NUMBER_INTEGER}}}
          outputDefinitions: {parameters: {each: {parameterType: NUMBER_INTEGER}}}
          dag:
            outputs: {parameters: {each: {valueFromParameter: {producerSubtask: body, outputParameterKey: out}}}}
            tasks:
              body: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {componentInputParameter: item}}}}
        """);

    private static Task<PipelinesHost> HostAsync(params (string, string)[] settings) => PipelinesHost.StartAsync(
        Platform.Database.DatabaseEngine.Sqlite, null, settings,
        FakeComponent.Returning("test/echo", c => new JsonObject { ["out"] = c.Inputs["v"]?.DeepClone() }), Fail);

    private static IEnumerable<string> States(RunView run) => run.Tasks.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => $"{t.Name} {t.State}");

    private static IEnumerable<string> Sorted(RunView run) =>
        ((string[])["root", "bad", "good", "after-bad", "after-good", "exit"]).Select(n => $"{n} {run.Tasks.Single(t => t.Name == n).State}");
}
