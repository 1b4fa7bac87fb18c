using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.ShortForm;
using Slipway.PipelineLanguage.Values;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.PipelineLanguage.Tests.ShortForm;

public sealed class ShortFormTests
{
    private const string TenLines = """
        name: train-model
        params: {rate: 0.1, epochs: 3}
        steps:
          prepare:
            run: seq ${{ params.epochs }} > "${{ out.data }}"
            out: {data: dataset}
          train:
            in: {data: prepare.data, rate: params.rate}
            run: wc -l < "$IN_DATA" > "$OUT_LINES"
            out: {lines: int}
        """;

    [Fact]
    public void TenLines_AreAPipeline()
    {
        var spec = Compile(TenLines);

        Assert.Equal("train-model", spec.Info.Name);
        Assert.Equal([ParameterType.NumberDouble, ParameterType.NumberInteger], spec.Root.Inputs.Parameters.Values.Select(p => p.Type));
        Assert.Equal(["prepare"], spec.Root.Dag!.Tasks["train"].Upstream());
        Assert.Equal(new ArtifactSource.TaskOutput("prepare", "data"), spec.Root.Dag.Tasks["train"].Artifacts["data"]);
        Assert.Equal(new ParameterSource.ComponentInput("rate"), spec.Root.Dag.Tasks["train"].Parameters["rate"].Source);
        Assert.Equal("system.Dataset", spec.Components["comp-prepare"].Outputs.Artifacts["data"].Type.Title);
        Assert.Equal(ParameterType.NumberInteger, spec.Components["comp-train"].Outputs.Parameters["lines"].Type);
        Assert.Equal(WellKnownImages.Process, Container(spec, "prepare").Image);
    }

    [Fact]
    public void WhatIsCompiled_IsTheIr_AndReadsBack()
    {
        foreach (var text in (string[])[TenLines, Everything])
        {
            var spec = Compile(text);

            var again = PipelineReader.Read(PipelineWriter.ToYaml(spec), "again").OrThrow();

            Assert.True(JsonNode.DeepEquals(PipelineWriter.ToWire(spec), PipelineWriter.ToWire(again.Spec)));
            Assert.Empty(PipelineChecks.Of(again));
            Assert.Empty(Writing.ProtocolShape.Faults(PipelineWriter.ToJson(spec)));
        }
    }

    [Fact]
    public void TodaysPipelineResource_Compiles()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "components")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        var source = PipelineText.Read(File.ReadAllBytes(Path.Combine(folder, "components/retrain/pipeline.yaml")), "pipeline.yaml", NoFiles.Read).OrThrow();

        Assert.Empty(PipelineChecks.Of(source));
        Assert.Equal("retrain", source.Spec.Info.Name);
        Assert.Equal(["subject", "until", "reason", "fault"], source.Spec.Root.Inputs.Parameters.Keys);
        Assert.False(source.Spec.Root.Inputs.Parameters["subject"].IsOptional);
        var register = source.Spec.Root.Dag!.Tasks["register"];
        Assert.Equal("truthy(inputs.parameter_values['gate-passed'])", register.Trigger.Condition);
        Assert.Equal(["collect", "train", "evaluate", "gate"], register.DependentTasks);
        Assert.Equal(new ParameterSource.TaskOutput("gate", "choice"), register.Parameters["choice"].Source);
        var container = Assert.IsType<ExecutorSpec.Container>(source.Spec.Executors["exec-register"]).Spec;
        Assert.Equal((WellKnownImages.Component, "slipway/register"), (container.Image, container.Command[0]));
        Assert.Equal(["dataset", "version", "digest"], source.Spec.Components["comp-collect"].Outputs.Parameters.Keys);
    }

    private const string Everything = """
        name: everything
        description: Each field of the short form.
        image: python:3.12
        params:
          rate: {type: float, default: 0.1, description: Step size.}
          mode: {default: fast, values: [fast, full]}
          names: [a, b]
          strict: true
          note: {type: string}
        steps:
          - name: prepare
            run: [python3, prepare.py, "--mode=${{ params.mode }}", --out, "${{ out.data }}", "${{ run.id }}"]
            out: {data: dataset, rows: int, found: list}
            cache: true
            retry: {count: 3, backoff: 2s, factor: 3, max: 1m}
            timeout: 10m
            env: {MODE: "m-${{ params.mode }}"}
            secrets: {TOKEN: login/token}
            resources: {cpu: 2, memory: 4Gi, gpu: 1}
          - name: train
            image: trainer:1
            params: [rate]
            in:
              data: prepare.data
              rows: ${{ steps.prepare.outputs.rows }}
              label: rows-${{ steps.prepare.outputs.rows }}-${{ params.mode }}
              layers: [8, 4]
            run: |
              echo "$IN_LAYERS ${{ matrix.depth }} ${{ matrix.loss }} ${{ params.note }}" > "$OUT_SCORE"
            out: {score: float, model: model}
            matrix: {depth: [1, 2], loss: [mse, mae]}
            parallel: 2
            if: steps.prepare.outputs.rows > 10 && params.mode == 'full'
            cache: v1
          - name: each
            matrix: {item: "${{ steps.prepare.outputs.found }}"}
            run: echo "${{ matrix.item }}"
            if: ${{ params.strict }}
          - name: gather
            needs: [each]
            in: {scores: train.score, models: train.model}
            run: ls $IN_SCORES
            metrics: metrics.json
            retry: 2
          - name: notify
            uses: slipway/notify
            needs: gather
            always: true
            with: {text: "done ${{ params.mode }}"}
        outputs:
          scores: ${{ steps.train.outputs.score }}
          data: prepare.data
        """;

    [Fact]
    public void Commands_KeepTheirElements()
    {
        var prepare = Container(Compile(Everything), "prepare");

        Assert.Equal(["python3"], prepare.Command);
        Assert.Equal(["prepare.py", "--mode={{$.inputs.parameters['param-mode']}}", "--out", "{{$.outputs.artifacts['data'].path}}", "{{$.inputs.parameters['run-id']}}"], prepare.Args);
        Assert.Equal(("python:3.12", new EnvironmentVariable("MODE", "m-{{$.inputs.parameters['param-mode']}}")), (prepare.Image, prepare.Env[0]));
        Assert.Equal(new ResourceSpec { CpuLimit = "2", MemoryLimit = "4Gi", AcceleratorType = "nvidia.com/gpu", AcceleratorCount = "1" }, prepare.Resources);
    }

    [Fact]
    public void TaskOptions_AreCompiled()
    {
        var spec = Compile(Everything);
        var tasks = spec.Root.Dag!.Tasks;

        Assert.Equal(new CachingOptions(true, null), tasks["prepare"].Caching);
        Assert.Equal(new RetryPolicy(3, TimeSpan.FromSeconds(2), 3, TimeSpan.FromMinutes(1)), tasks["prepare"].Retry);
        Assert.Equal(new RetryPolicy(2, null, null, null), tasks["gather"].Retry);
        Assert.Equal((TriggerStrategy.AllCompleted, "gather"), (tasks["notify"].Trigger.Strategy, tasks["notify"].DependentTasks[0]));
        Assert.Equal(TimeSpan.FromMinutes(10), spec.Platform!.Executors["exec-prepare"].Deadline);
        Assert.Equal(KeyValuePair.Create("token", "TOKEN"), spec.Platform.Executors["exec-prepare"].SecretsAsEnv[0].KeyToVariable[0]);
        Assert.Equal(["a", "b"], spec.Root.Inputs.Parameters["names"].Default!.AsArray().Select(n => (string?)n));
        Assert.Equal(["fast", "full"], spec.Root.Inputs.Parameters["mode"].Literals.Select(l => (string?)l));
    }

    [Fact]
    public void Matrix_BecomesALoopOverAllCombinations()
    {
        var spec = Compile(Everything);
        var loop = spec.Root.Dag!.Tasks["train"];
        var inner = spec.Components["comp-train-each"].Dag!.Tasks["train"];

        Assert.Equal("""[{"depth":1,"loss":"mse"},{"depth":1,"loss":"mae"},{"depth":2,"loss":"mse"},{"depth":2,"loss":"mae"}]""", loop.ParameterIterator!.Raw);
        Assert.Equal(2, loop.ParallelismLimit);
        Assert.Equal("parseJson(string_value)[\"depth\"]", inner.Parameters["matrix-depth"].Selector);
        Assert.Equal(new CachingOptions(true, "v1"), inner.Caching);
        Assert.Equal(ParameterType.List, spec.Root.Outputs.Parameters["scores"].Type);
        Assert.Equal(ParameterType.NumberDouble, spec.Components["comp-train"].Outputs.Parameters["score"].Type);
        Assert.True(spec.Components["comp-gather"].Inputs.Artifacts["models"].IsList);
        Assert.Equal("[8,4]", Assert.IsType<ParameterSource.Constant>(inner.Parameters["layers"].Source).Value!.ToJsonString());
    }

    [Fact]
    public void MatrixOfAList_GoesThroughIt()
    {
        var each = Compile(Everything).Root.Dag!.Tasks["each"];

        Assert.Equal("matrix-list", each.ParameterIterator!.InputParameter);
        Assert.Equal(new ParameterSource.TaskOutput("prepare", "found"), each.Parameters["matrix-list"].Source);
        Assert.Equal("inputs.parameter_values['param-strict'] == true", each.Trigger.Condition);
    }

    [Theory]
    [InlineData(11, "full", true)]
    [InlineData(10, "full", false)]
    [InlineData(11, "fast", false)]
    public void Conditions_AreEvaluatedOverTheTasksInputs(int rows, string mode, bool runs)
    {
        var task = Compile(Everything).Root.Dag!.Tasks["train"];
        var inputs = new Dictionary<string, JsonNode?> { ["prepare-rows"] = rows, ["param-mode"] = mode, ["rows"] = rows };

        Assert.Equal("int(inputs.parameter_values['prepare-rows']) > 10 && inputs.parameter_values['param-mode'] == 'full'", task.Trigger.Condition);
        Assert.Equal(runs, Expressions.Condition(task.Trigger.Condition!, TaskValues.Of(inputs)).OrThrow());
    }

    [Fact]
    public async Task Scripts_RunWithTheirVariables_WhateverTheValuesHold()
    {
        var spec = Compile("""
            name: p
            params: {text: x}
            steps:
              s:
                in: {word: "${{ params.text }}", list: [1, 2]}
                files: [code/tool.txt]
                run: |
                  printf '%s|%s|%s' "${{ in.word }}" "$IN_LIST" "${{ params.text }}" > "${{ out.text }}"
                  cp code/tool.txt "$OUT_COPY"
                  echo '{"auc": 0.5}' > m.json
                out: {text: string, copy: artifact}
                metrics: m.json
            """, _ => "{{$.inputs.parameters['word']}} 'quoted' {{$}}\nend\n");
        var folder = Directory.CreateTempSubdirectory("slipway-short-").FullName;
        const string Nasty = "a\"b'; echo $(id) `id` \\ \n{{$.pipeline_job_uuid}}";
        var inputs = TaskValues.Of(new Dictionary<string, JsonNode?> { ["word"] = Nasty, ["param-text"] = Nasty, ["list"] = JsonNode.Parse("[1,2]") });
        var component = spec.Components["comp-s"];
        var outputs = ProvisionedOutputs.Of(component, n => Path.Combine(folder, "out-" + n), n => ("", Path.Combine(folder, "artifact-" + n)), Path.Combine(folder, "executor_output.json"));
        var command = CommandLine.Resolve(
            Container(spec, "s"),
            new CommandContext(new RunFacts("r", "r", "r", "s", "s"), inputs, outputs.ParameterFiles, outputs.Artifacts, outputs.OutputFile, ExecutorInput.Build(inputs, outputs))).OrThrow();

        var start = new ProcessStartInfo(command.Command[0]) { WorkingDirectory = folder, RedirectStandardError = true };
        foreach (var argument in command.Command.Skip(1).Concat(command.Args))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal("", errors);
        var read = ExecutorOutput.Read(component, null, outputs, await File.ReadAllTextAsync(outputs.OutputFile), n => File.ReadAllText(Path.Combine(folder, "out-" + n))).OrThrow();
        Assert.Equal($"{Nasty}|[1,2]|{Nasty}", (string?)read.Parameters["text"]);
        Assert.Equal("{{$.inputs.parameters['word']}} 'quoted' {{$}}\nend\n", await File.ReadAllTextAsync(Path.Combine(folder, "artifact-copy")));
        Assert.Equal(0.5, (double?)read.Artifacts["metrics"][0].Metadata["auc"]);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void CompiledComponents_AreStepsToo()
    {
        var spec = Compile("""
            name: outer
            steps:
              all:
                component: parts/everything.yaml
                in: {greeting: hello}
              show:
                run: echo ${{ steps.all.outputs.number }}
            """, path => path == "parts/everything.yaml" ? Sample.Text("everything.yaml") : Problem.NotFound(path));

        Assert.Equal("hello", (string?)Assert.IsType<ParameterSource.Constant>(spec.Root.Dag!.Tasks["all"].Parameters["greeting"].Source).Value);
        Assert.Equal(new ParameterSource.TaskOutput("all", "number"), spec.Root.Dag.Tasks["show"].Parameters["all-number"].Source);
        Assert.Contains("comp-all--comp-make", spec.Components.Keys);
        Assert.Contains("comp-all--exec-make", spec.Executors.Keys);
    }

    [Theory]
    [InlineData("name: p", "p.yaml:1: steps", "at least one step")]
    [InlineData("steps: {a: {run: x}}", "p.yaml:1: name", "is required")]
    [InlineData("name: p\nsteps:\n  a: {}\n", "p.yaml:3: steps.a", "needs one of run, component or uses")]
    [InlineData("name: p\nsteps:\n  a: {run: x, uses: slipway/y}\n", "p.yaml:3: steps.a", "a step does one thing")]
    [InlineData("name: p\nsteps:\n  A_b: {run: x}\n", "p.yaml:3: steps.A_b.name", "must be lower-case")]
    [InlineData("name: p\nsteps:\n- {name: a, run: x}\n- {name: a, run: x}\n", "p.yaml:4: steps[1].name", "'a' stands twice")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    nedes: [b]\n", "p.yaml:5: steps.a.nedes", "is not known here")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    needs: [b]\n", "p.yaml:5: steps.a.needs", "there is no step 'b'; there is: a")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    in: {y: \"${{ params.gone }}\"}\n", "p.yaml:5: steps.a.in.y", "there is no parameter 'gone'")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    in: {y: \"${{ steps.gone.outputs.z }}\"}\n", "p.yaml:5: steps.a.in.y", "there is no step 'gone'")]
    [InlineData("name: p\nsteps:\n  b: {run: x, out: [f]}\n  a:\n    run: x\n    in: {y: \"${{ steps.b.outputs.z }}\"}\n", "p.yaml:6: steps.a.in.y", "has no output 'z'; it has: f")]
    [InlineData("name: p\nsteps:\n  a:\n    run: echo ${{ in.gone }}\n", "p.yaml:4: steps.a.run", "has no input 'gone'")]
    [InlineData("name: p\nsteps:\n  a:\n    run: echo ${{ out.gone }}\n", "p.yaml:4: steps.a.run", "has no output 'gone'")]
    [InlineData("name: p\nsteps:\n  a:\n    run: echo ${{ nonsense }}\n", "p.yaml:4: steps.a.run", "cannot read 'nonsense'; write ${{ params.NAME }}")]
    [InlineData("name: p\nsteps:\n  a:\n    run: echo ${{ params.x\n", "p.yaml:4: steps.a.run", "cannot read")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    out: {o: strnig}\n", "p.yaml:5: steps.a.out.o", "'strnig' is no type")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    if: params.gone == 1\n", "p.yaml:5: steps.a.if", "there is no parameter 'gone'")]
    [InlineData("name: p\nparams: {n: 1}\nsteps:\n  a:\n    run: x\n    if: params.n ==\n", "p.yaml:6: steps.a.if", "cannot be evaluated")]
    [InlineData("name: p\nparams: {n: 1}\nsteps:\n  a:\n    run: x\n    if: params.n == 'one'\n", "p.yaml:6: steps.a.if", "no such overload: int == string")]
    [InlineData("name: p\nparams: {n: {type: int, default: x}}\nsteps: {a: {run: x}}", "p.yaml:2: params.n.default", "must be a whole number")]
    [InlineData("name: p\nparams: {n: {type: integr}}\nsteps: {a: {run: x}}", "p.yaml:2: params.n.type", "is no type of a parameter")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    timeout: soon\n", "p.yaml:5: steps.a.timeout", "must be a duration")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    secrets: {A: b}\n", "p.yaml:5: steps.a.secrets.A", "must be SECRET/KEY")]
    [InlineData("name: p\nsteps:\n  a:\n    run: x\n    matrix: {k: 5}\n", "p.yaml:5: steps.a.matrix.k", "must be a list of values")]
    [InlineData("name: p\nsteps:\n  a:\n    run: echo ${{ matrix.z }}\n    matrix: {k: [5]}\n", "p.yaml:4: steps.a.run", "matrix has no 'z'")]
    [InlineData("name: p\nsteps:\n  a: {component: ../x.yaml}\n", "p.yaml:3: steps.a.component", "must stand beside the pipeline")]
    [InlineData("name: p\nsteps:\n  a: {component: x.yaml}\n", "p.yaml:3: steps.a.component", "cannot be read here")]
    [InlineData("name: p\nsteps: {a: {run: x}}\noutputs: {o: a.b}\n", "p.yaml:3: outputs.o", "must refer to a step's output")]
    [InlineData("apiVersion: slipway.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  steps:\n  - name: a\n    run: x\n    needs: [b]\n", "p.yaml:8: spec.steps[0].needs", "there is no step 'b'")]
    public void Faults_SayWhereAndWhat(string text, string path, string words)
    {
        var problem = PipelineText.Read(Encoding.UTF8.GetBytes(text.Contains("steps", StringComparison.Ordinal) ? text : text + "\nsteps: []"), "p.yaml", NoFiles.Read).Problem;

        Assert.NotNull(problem);
        Assert.Contains(problem.Faults, f => (f.Path == path || f.Path == path.Replace(":1: steps", ":2: steps", StringComparison.Ordinal)) && f.Message.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("needs: [b]", "needs: [a]", "wait for each other in a circle", 3)]
    [InlineData("in: {n: \"${{ params.text }}\"}", "matrix: {k: \"${{ params.flag }}\"}", "must be a list", 3)]
    public void ChecksOfWhatWasCompiled_StandAtTheStep(string first, string second, string words, int line)
    {
        var text = $"name: p\nsteps:\n  a: {{run: x, {first}}}\n  b: {{run: x, {second}}}\nparams: {{text: x, flag: true}}\n";
        var source = PipelineText.Read(Encoding.UTF8.GetBytes(text), "p.yaml", NoFiles.Read).OrThrow();

        var finding = Assert.Single(PipelineChecks.Of(source), f => f.IsError && f.Message.Contains(words, StringComparison.Ordinal));
        Assert.True(finding.Line >= line, finding.ToString());
    }

    [Fact]
    public void Noise_NeverThrows()
    {
        var random = new Random(23);
        var lines = Everything.Split('\n');
        for (var i = 0; i < 400; i++)
        {
            var text = string.Join('\n', lines.Select(l => random.Next(40) switch
            {
                0 => "",
                1 => l[..random.Next(l.Length + 1)],
                2 => l.Replace("{", "[", StringComparison.Ordinal).Replace("}", "]", StringComparison.Ordinal),
                3 => l.Replace("steps", "params", StringComparison.Ordinal),
                4 => l.Replace(": ", ": 5 #", StringComparison.Ordinal),
                5 => l.Replace("prepare", "train", StringComparison.Ordinal),
                _ => l,
            }));
            if (PipelineText.Read(Encoding.UTF8.GetBytes(text), "p", NoFiles.Read).TryGet(out var source, out _))
            {
                PipelineChecks.Of(source);
            }
        }
    }

    private static ContainerSpec Container(PipelineSpec spec, string step) => Assert.IsType<ExecutorSpec.Container>(spec.Executors["exec-" + step]).Spec;

    private static PipelineSpec Compile(string text, Func<string, Result<string>>? files = null)
    {
        var source = PipelineText.Read(Encoding.UTF8.GetBytes(text), "p.yaml", path => files?.Invoke(path) ?? NoFiles.Read(path)).OrThrow();
        Assert.Empty(PipelineChecks.Of(source));
        return source.Spec;
    }
}
