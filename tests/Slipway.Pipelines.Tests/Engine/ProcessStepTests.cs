using System.Text.Json.Nodes;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Runs;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>Steps that are commands, run as processes.</summary>
public class ProcessStepTests
{
    [Fact]
    public async Task Command_ReadsItsInputAndItsOutputComesBack()
    {
        await using var host = await PipelinesHost.StartAsync();

        var run = await host.RunIrAsync(IrText.Pipeline("a: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'printf done > \"$0\"'}}}}}"));

        Assert.Equal(("Succeeded", null), (run.Run.State, run.Run.Error));
        var task = run.Tasks.Single(t => t.Name == "a");
        Assert.Equal("done", (string?)TaskValuesJson.Parse(task.Outputs!).Parameters["out"]);
        var detail = JsonNode.Parse(task.Detail!)!;
        Assert.Equal(("process", 0), ((string?)detail["backend"], (int?)detail["exitCode"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(host.Floor.DataFolder, "pipelines", "attempts", run.Run.Id)));
    }

    [Fact]
    public async Task Artifact_GoesThroughTheObjectStore()
    {
        await using var host = await PipelinesHost.StartAsync();

        var run = await host.RunIrAsync(IrText.Pipeline(
            """
            make: {componentRef: {name: comp-write}, inputs: {parameters: {text: {runtimeValue: {constant: hello}}}}}
            use: {componentRef: {name: comp-read}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}}}}
            """));

        Assert.Equal(("Succeeded", null), (run.Run.State, run.Run.Error));
        Assert.Equal("hello", (string?)TaskValuesJson.Parse(run.Tasks.Single(t => t.Name == "use").Outputs!).Parameters["out"]);
        var made = TaskValuesJson.Parse(run.Tasks.Single(t => t.Name == "make").Outputs!).Artifacts["data"][0];
        Assert.Equal(("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5L), (made.Digest, made.Bytes));
        Assert.StartsWith("slipway://pipelines/test-pipeline/", made.Uri, StringComparison.Ordinal);
        var edges = await host.Service.ArtifactsAsync(run.Run.Id, CancellationToken.None);
        Assert.Equal([("root/make", "out"), ("root/use", "in")], edges.Select(e => (e.Path, e.Direction)).Order());
        Assert.Single(edges.Select(e => e.Id).Distinct());
    }

    [Fact]
    public async Task PathOfAnArtifactPassedOnAsText_IsImportedAsThatArtifact()
    {
        await using var host = await PipelinesHost.StartAsync();

        var run = await host.RunIrAsync(IrText.Pipeline(
            """
            make: {componentRef: {name: comp-write}, inputs: {parameters: {text: {runtimeValue: {constant: hello}}}}}
            where: {componentRef: {name: comp-where}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}}}}
            again: {componentRef: {name: comp-again}, inputs: {parameters: {uri: {taskOutputParameter: {producerTask: where, outputParameterKey: out}}}}}
            use: {componentRef: {name: comp-read}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: again, outputArtifactKey: artifact}}}}}
            """,
            components: """
            comp-where:
              executorLabel: exec-where
              inputDefinitions: {artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}}
              outputDefinitions: {parameters: {out: {parameterType: STRING}}}
            comp-again:
              executorLabel: exec-again
              inputDefinitions: {parameters: {uri: {parameterType: STRING}}}
              outputDefinitions: {artifacts: {artifact: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}}
            """,
            executors: """
            exec-where: {container: {image: alpine, command: [sh, -c, 'printf %s "$0" > "$1"'], args: ["{{$.inputs.artifacts['data'].uri}}", "{{$.outputs.parameters['out'].output_file}}"]}}
            exec-again: {importer: {artifactUri: {runtimeParameter: uri}, typeSchema: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}
            """));

        Assert.Equal(("Succeeded", null), (run.Run.State, run.Run.Error));
        Assert.Equal("hello", (string?)TaskValuesJson.Parse(run.Tasks.Single(t => t.Name == "use").Outputs!).Parameters["out"]);
    }

    [Theory]
    [InlineData("echo no such thing >&2; exit 7", "It ended with exit code 7: no such thing", "Step")]
    [InlineData("kill -9 $$", "It was ended by signal 9", "Step")]
    [InlineData("true", "outputs.out: the task ended without writing it", "Values")]
    public async Task Failure_IsToldInWords(string script, string expected, string cause)
    {
        await using var host = await PipelinesHost.StartAsync();

        var run = await host.RunIrAsync(IrText.Pipeline($"a: {{componentRef: {{name: comp-sh}}, inputs: {{parameters: {{script: {{runtimeValue: {{constant: '{script}'}}}}}}}}}}"));

        Assert.Equal("Failed", run.Run.State);
        Assert.StartsWith("a: " + expected, run.Run.Error, StringComparison.Ordinal);
        Assert.Equal(cause, run.Tasks.Single(t => t.Name == "a").Cause);
    }

    [Fact]
    public async Task TheSameWorkAgain_ComesFromTheCacheUnlessTheRunSaysNo()
    {
        await using var host = await PipelinesHost.StartAsync();
        var yaml = IrText.Pipeline(
            """
            make: {componentRef: {name: comp-write}, inputs: {parameters: {text: {runtimeValue: {constant: hello}}}}, cachingOptions: {enableCache: true}}
            use: {componentRef: {name: comp-read}, cachingOptions: {enableCache: true}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}}}}
            """);

        var first = await host.RunIrAsync(yaml);
        var second = await host.RunIrAsync(yaml);
        var third = await host.RunIrAsync(yaml, options: new RunOptions(EnableCache: false));

        Assert.Equal(["None", "None"], Causes(first));
        Assert.Equal(["Cached", "Cached"], Causes(second));
        Assert.Equal(first.Tasks.Where(t => t.Parent is not null).Select(t => $"{first.Run.Id}/{t.Path}"), second.Tasks.Where(t => t.Parent is not null).Select(t => t.CachedFrom));
        Assert.Equal(["None", "None"], Causes(third));
        Assert.Equal("hello", (string?)TaskValuesJson.Parse(second.Tasks.Single(t => t.Name == "use").Outputs!).Parameters["out"]);
    }

    [Fact]
    public async Task Retry_RunsOnlyWhatFailedAndWhatFollows()
    {
        await using var host = await PipelinesHost.StartAsync();
        var flag = Path.Combine(host.Floor.DataFolder, "flag");
        var yaml = IrText.Pipeline(
            """
            a: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'date +%N > "$0"'}}}}}
            b: {componentRef: {name: comp-sh}, dependentTasks: [a], inputs: {parameters: {script: {runtimeValue: {constant: 'cat FLAG > "$0"'}}}}}
            c: {componentRef: {name: comp-sh}, dependentTasks: [b], inputs: {parameters: {script: {runtimeValue: {constant: 'printf c > "$0"'}}}}}
            """.Replace("FLAG", flag, StringComparison.Ordinal));
        var failed = await host.RunIrAsync(yaml);
        Assert.Equal(["root Failed", "a Succeeded", "b Failed", "c Skipped"], States(failed));
        await File.WriteAllTextAsync(flag, "there");

        (await host.Service.RetryAsync(failed.Run.Id, CancellationToken.None)).OrThrow();
        await host.FinishedAsync(failed.Run.Id, 2);
        var retried = (await host.Service.FindWithTasksAsync(failed.Run.Id, CancellationToken.None))!;

        Assert.Equal(["root Succeeded", "a Succeeded", "b Succeeded", "c Succeeded"], States(retried));
        Assert.Equal(failed.Tasks.Single(t => t.Name == "a").Outputs, retried.Tasks.Single(t => t.Name == "a").Outputs);
        Assert.Equal(Kernel.Problems.ProblemCode.Conflict, (await host.Service.RetryAsync(failed.Run.Id, CancellationToken.None)).Problem!.Code);

        (await host.Service.RerunAsync(failed.Run.Id, "a", CancellationToken.None)).OrThrow();
        await host.FinishedAsync(failed.Run.Id, 3);
        var rerun = (await host.Service.FindWithTasksAsync(failed.Run.Id, CancellationToken.None))!;
        Assert.NotEqual(failed.Tasks.Single(t => t.Name == "a").Outputs, rerun.Tasks.Single(t => t.Name == "a").Outputs);
    }

    [Fact]
    public async Task Cancelled_StopsWhatRunsAndStartsNothing()
    {
        await using var host = await PipelinesHost.StartAsync();
        var run = (await host.SubmitIrAsync(IrText.Pipeline(
            """
            long: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'echo begun; sleep 600'}}}}}
            exit: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'true'}}}}, dependentTasks: [long], triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}}
            """))).OrThrow();
        await host.RunningAsync(run.Id, "root/long");

        (await host.Service.TerminateAsync(run.Id, CancellationToken.None)).OrThrow();
        await host.FinishedAsync(run.Id);

        var ended = (await host.Service.FindWithTasksAsync(run.Id, CancellationToken.None))!;
        Assert.Equal("Canceled", ended.Run.State);
        Assert.Equal(["root Canceled", "long Canceled", "exit Canceled"], States(ended));
    }

    private static IEnumerable<string> Causes(RunView run) => run.Tasks.Where(t => t.Parent is not null).OrderBy(t => t.Number).Select(t => t.Cause);

    private static IEnumerable<string> States(RunView run) => ((string[])["root", "a", "b", "c", "long", "exit"])
        .Select(n => run.Tasks.SingleOrDefault(t => t.Name == n)).Where(t => t is not null).Select(t => $"{t!.Name} {t.State}");
}
