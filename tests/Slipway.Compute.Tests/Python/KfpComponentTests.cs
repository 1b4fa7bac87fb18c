using System.Text.Json.Nodes;
using Slipway.Compute.Backends;
using Slipway.Compute.Processes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Python;

/// <summary>Real functions in real Python, started from the command lines that the SDK compiles, without the SDK, pip or a network.</summary>
public sealed class KfpComponentTests : IDisposable
{
    private static int s_attempts;
    private readonly TempFolder _folder = new();
    private readonly ProcessBackend _backend = new(new ProcessOptions(), TimeProvider.System);

    private CompiledComponent Component => field ??= new CompiledComponent(_folder);

    [Theory]
    [InlineData("2.0.0-rc.2")]
    [InlineData("2.15.2")]
    public async Task Parameters_KeepTheirTypes(string sdk)
    {
        Component.Sdk = sdk;
        var output = await RunAsync(
            """
            def f(s: str, i: int, x: float, b: bool, l: list, d: dict, li: List[int], o: Optional[str] = None, k: int = 7) -> NamedTuple('Out', [('s', str), ('i', int), ('x', float), ('b', bool), ('l', list), ('d', dict), ('n', Optional[str])]):
                assert (o, k) == (None, 7)
                return (s + '!', i + 1, x * 2, not b, l + [None], {**d, 'li': li}, None)
            """,
            Component.In("s", "a \"quoted\"\nline é").In("i", 41).In("x", 0.1).In("b", false).In("l", new JsonArray(1, "two", 2.5)).In("d", new JsonObject { ["a"] = new JsonObject { ["b"] = null } }).In("li", new JsonArray(1, 2)));
        AssertJson("""{"s":"a \"quoted\"\nline é!","i":42,"x":0.2,"b":true,"l":[1,"two",2.5,null],"d":{"a":{"b":null},"li":[1,2]}}""", output["parameterValues"]);
    }

    [Theory]
    [InlineData("str", "'x'", "\"x\"")]
    [InlineData("int", "3", "3")]
    [InlineData("float", "2", "2")]
    [InlineData("bool", "True", "true")]
    [InlineData("List[str]", "['a']", "[\"a\"]")]
    [InlineData("Dict[str, int]", "{'a': 1}", "{\"a\":1}")]
    [InlineData("list[int]", "[]", "[]")]
    [InlineData("'int'", "5", "5")]
    [InlineData("str | None", "'y'", "\"y\"")]
    public async Task ASingleValue_IsTheOutputNamedOutput(string type, string value, string json)
    {
        var output = await RunAsync($"def f() -> {type}:\n    return {value}", Component);
        AssertJson($"{{\"Output\":{json}}}", output["parameterValues"]);
    }

    [Fact]
    public async Task Artifacts_AreReadWrittenAndDescribed()
    {
        var output = await RunAsync(
            """
            def f(data: Input[Dataset], many: Input[List[Model]], model: Output[Model], metrics: Output[Metrics], page: dsl.Output[dsl.HTML], note: Output[Markdown], maybe: Optional[Input[Artifact]] = None):
                assert type(data) is dsl.Dataset and maybe is None, (data, maybe)
                assert [m.metadata['rank'] for m in many] == [0, 1]
                with open(model.path, 'w') as file:
                    file.write(open(data.path).read() + ''.join(open(m.path).read() for m in many))
                model.framework = 'plain'
                model.metadata['deep'] = {'a': [1, 2.5]}
                metrics.log_metric('accuracy', 0.93)
                open(page.path, 'w').write('<b>hi</b>')
                note.set_path(note.path + '.md')
                open(note.path, 'w').write('# hi')
            """,
            Component.InArtifact("data", "system.Dataset", "rows").InArtifact("many", "system.Model", "+1", "+2")
                .OutArtifact("model", "system.Model").OutArtifact("metrics", "system.Metrics").OutArtifact("page", "system.HTML").OutArtifact("note", "system.Markdown"));
        Assert.Equal("rows+1+2", await File.ReadAllTextAsync(Component.PathOf("model")));
        AssertJson("""{"framework":"plain","deep":{"a":[1,2.5]}}""", Written(output, "model")["metadata"]);
        Assert.Equal(("model", Component.PathOf("model")), (Written(output, "model")["name"]!.ToString(), Written(output, "model")["uri"]!.ToString()));
        AssertJson("""{"accuracy":0.93}""", Written(output, "metrics")["metadata"]);
        Assert.Equal(Component.PathOf("note") + ".md", Written(output, "note")["custom_path"]!.ToString());
        Assert.Equal(Component.PathOf("note"), Written(output, "note")["uri"]!.ToString());
    }

    [Fact]
    public async Task Paths_StandForInputsAndOutputs()
    {
        await RunAsync(
            """
            def f(data: InputPath('Dataset'), text: OutputPath(str), count: OutputPath('Integer'), plain: OutputPath(), model: OutputPath('Model'), absent: InputPath() = None):
                assert absent is None
                open(text, 'w').write(open(data).read())
                open(count, 'w').write('12')
                open(plain, 'w').write('p')
                open(model, 'w').write('m')
            """,
            Component.InArtifact("data", "system.Dataset", "from the path").Out("text").Out("count").OutArtifact("plain", "system.Artifact").OutArtifact("model", "system.Model"));
        Assert.Equal("from the path", await File.ReadAllTextAsync(Component.OutputParameters["text"]!["outputFile"]!.ToString()));
        Assert.Equal("12", await File.ReadAllTextAsync(Component.OutputParameters["count"]!["outputFile"]!.ToString()));
        Assert.Equal("m", await File.ReadAllTextAsync(Component.PathOf("model")));
    }

    [Fact]
    public async Task ClassificationMetrics_HaveTheShapesThatAreDrawn()
    {
        var output = await RunAsync(
            """
            def f(c: Output[ClassificationMetrics], s: Output[SlicedClassificationMetrics]):
                c.log_roc_curve([0.0, 0.1], [0.5, 1.0], [0.9, 0.1])
                c.log_confusion_matrix(['cat', 'dog'], [[8, 2], [1, 9]])
                c.log_confusion_matrix_cell('dog', 'cat', 3)
                s.load_roc_readings('young', [[0.5, 0.8, 0.2]])
                s.load_confusion_matrix('old', ['a', 'b'], [[1, 0], [0, 1]])
                try:
                    c.log_confusion_matrix_row('bird', [1, 2])
                except ValueError as e:
                    assert 'bird' in str(e)
                else:
                    assert False
            """,
            Component.OutArtifact("c", "system.ClassificationMetrics").OutArtifact("s", "system.SlicedClassificationMetrics"));
        AssertJson("""
            {"confidenceMetrics":[{"confidenceThreshold":0.9,"recall":0.5,"falsePositiveRate":0.0},{"confidenceThreshold":0.1,"recall":1.0,"falsePositiveRate":0.1}],
             "confusionMatrix":{"annotationSpecs":[{"displayName":"cat"},{"displayName":"dog"}],"rows":[{"row":[8,2]},{"row":[3,9]}]}}
            """, Written(output, "c")["metadata"]);
        AssertJson("""
            {"evaluationSlices":[{"slice":"young","sliceClassificationMetrics":{"confidenceMetrics":[{"confidenceThreshold":0.5,"recall":0.8,"falsePositiveRate":0.2}]}},
             {"slice":"old","sliceClassificationMetrics":{"confusionMatrix":{"annotationSpecs":[{"displayName":"a"},{"displayName":"b"}],"rows":[{"row":[1,0]},{"row":[0,1]}]}}}]}
            """, Written(output, "s")["metadata"]);
    }

    [Fact]
    public async Task ReturnedArtifacts_AndTheirData_AreOutputs()
    {
        var output = await RunAsync(
            """
            def f(kept: dsl.Input[Dataset]) -> NamedTuple('Out', [('data', Dataset), ('model', Model), ('n', int)]):
                outputs = NamedTuple('Out', [('data', Dataset), ('model', Model), ('n', int)])
                return outputs(n=3, data='written for me', model=Model(name='mine', uri=dsl.get_uri('model'), metadata={'a': 1}))
            """,
            Component.InArtifact("kept", "system.Dataset", "x").OutArtifact("data", "system.Dataset").OutArtifact("model", "system.Model"));
        Assert.Equal("written for me", await File.ReadAllTextAsync(Component.PathOf("data")));
        AssertJson("""{"n":3}""", output["parameterValues"]);
        Assert.Equal(_folder.File("task/model"), Written(output, "model")["uri"]!.ToString());
        AssertJson("""{"a":1}""", Written(output, "model")["metadata"]);
    }

    [Fact]
    public async Task TheFinalStatus_AndTheTaskConfig_AreHandedOver()
    {
        var output = await RunAsync(
            """
            def f(status: PipelineTaskFinalStatus, config: dsl.TaskConfig, note: str = 'none') -> list:
                return [status.state, status.pipeline_job_resource_name, status.pipeline_task_name, status.error_code, status.error_message, config.env, __import__('dataclasses').asdict(config)['node_selector'], note]
            """,
            Component.In("status", JsonNode.Parse("""{"state":"FAILED","error":{"code":9,"message":"boom"},"pipelineJobResourceName":"run-1","pipelineTaskName":"exit-handler-1"}"""))
                .In("config", JsonNode.Parse("""{"env":[{"name":"A","value":"1"}],"nodeSelector":{"disk":"ssd"}}""")));
        AssertJson("""["FAILED","run-1","exit-handler-1",9,"boom",[{"name":"A","value":"1"}],{"disk":"ssd"},"none"]""", output["parameterValues"]!["Output"]);
    }

    [Fact]
    public async Task WhatIsEmbedded_IsHandedOver_AndCanBeImported()
    {
        // The helper that the SDK writes in front of the function, in short.
        var output = await RunAsync(
            """
            import os as __os, sys as __sys, tempfile as __tempfile
            __KFP_EMBEDDED_ASSET_DIR = __tempfile.mkdtemp()
            __KFP_EMBEDDED_ASSET_FILE = __os.path.join(__KFP_EMBEDDED_ASSET_DIR, 'helper.py')
            open(__KFP_EMBEDDED_ASSET_FILE, 'w').write('WORD = "embedded"')
            __sys.path.insert(0, __KFP_EMBEDDED_ASSET_DIR)


            def f(given: dsl.EmbeddedInput[dsl.Dataset]) -> str:
                import helper
                return helper.WORD + ':' + open(given.path).read()
            """,
            Component);
        AssertJson("""{"Output":"embedded:WORD = \"embedded\""}""", output["parameterValues"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsPrinted_IsInTheLogAtOnce(bool isComponent)
    {
        var workload = isComponent
            ? KfpBootstrap.Rewrite(Component.Compile("def f():\n    import time\n    print('first')\n    time.sleep(60)", Attempt()), CompiledComponent.Options)
            : new Workload { Name = "plain", Attempt = Attempt(), Command = ["/usr/bin/python3", "-c", "import time; print('first'); time.sleep(60)"] };
        using var log = new LinesOf(_folder);
        var running = (await _backend.StartAsync(workload, log.Writer, CancellationToken.None)).OrThrow();
        await log.WaitForAsync("first");
        await running.KillAsync(TimeSpan.Zero);
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
    }

    [Theory]
    [InlineData("def f() -> bool:\n    import sys\n    return 'typing' in sys.modules", false)] // nothing of typing is named: it is not imported
    [InlineData("def f() -> bool:\n    return callable(cast) and List[int] is not None", true)]
    [InlineData("def f() -> bool:\n    inner = lambda: NamedTuple\n    return callable(inner())", true)]
    [InlineData("def f() -> bool:\n    return 'Any' in globals()", true)] // looked up by its text
    [InlineData("def f(a: 'Optional[Input[Dataset]]' = None) -> bool:\n    return bool(__import__('typing').get_type_hints(f)) and a is None", true)]
    [InlineData("def f(a: Optional[Input[Dataset]] = None, b: Input[Dataset] | None = None) -> bool:\n    return a is b", true)]
    public async Task WhatTypingNames_IsThere_WheneverTheSourceMayAskForIt(string source, bool answer)
    {
        var output = await RunAsync(source, Component);
        Assert.Equal(answer, (bool?)output["parameterValues"]!["Output"]);
    }

    [Fact]
    public async Task OddValues_AreWrittenAsJson()
    {
        var output = await RunAsync(
            "def f(d: dict) -> dict:\n    return {**d, 1: (1, 2), 2.5: True, None: {}, 'big': 2**70, 'small': 1e-300, 'text': '\\U0001f600\\x00\\u2028'}",
            Component.In("d", JsonNode.Parse("""{"emoji":"\ud83d\ude00 \/","deep":[[[{"a":[]}]]],"n":-0.5e3}""")));
        AssertJson("""{"emoji":"\ud83d\ude00 /","deep":[[[{"a":[]}]]],"n":-500.0,"1":[1,2],"2.5":true,"null":{},"big":1180591620717411303424,"small":1e-300,"text":"\ud83d\ude00\u0000\u2028"}""", output["parameterValues"]!["Output"]);
    }

    [Fact]
    public async Task AnExecutorInputThatIsNotJson_IsRefusedInWords()
    {
        var compiled = Component.Compile("def f():\n    pass", Attempt());
        using var log = new LinesOf(_folder);
        var outcome = await _backend.RunAsync(KfpBootstrap.Rewrite(compiled with { Args = ["--executor_input", "{\"a\": }", "--function_to_execute", "f"] }, CompiledComponent.Options), log.Writer, CancellationToken.None);
        Assert.Contains("JSON", Assert.IsType<WorkloadOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheWorkspace_IsWhereItsMountIs()
    {
        Directory.CreateDirectory(_folder.File("space/.artifacts/x"));
        await File.WriteAllTextAsync(_folder.File("space/note"), "shared");
        await File.WriteAllTextAsync(_folder.File("space/.artifacts/x/a"), "kept");
        Component.In("where", "/kfp-workspace/note").InputArtifacts["a"] = JsonNode.Parse("""{"artifacts":[{"name":"a","type":{"schemaTitle":"system.Artifact"},"uri":"x/a","metadata":{"_kfp_workspace":true}}]}""");
        var compiled = Component.Compile("def f(where: str, a: Input[Artifact]) -> list:\n    return [open(where).read(), open('/kfp-workspace/note').read(), open(a.path).read()]", Attempt());
        var workload = KfpBootstrap.Rewrite(compiled with { Mounts = [new WorkloadMount(_folder.File("space"), "/kfp-workspace")] }, CompiledComponent.Options);
        using var log = new LinesOf(_folder);
        var outcome = await _backend.RunAsync(workload, log.Writer, CancellationToken.None);
        Assert.True(outcome.IsSuccess, outcome.Words);
        AssertJson("""["shared","shared","kept"]""", Component.Output()["parameterValues"]!["Output"]);
    }

    [Fact]
    public async Task ALargeInput_IsNoLongerLimitedByTheCommandLine()
    {
        var output = await RunAsync("def f(text: str) -> int:\n    return len(text)", Component.In("text", new string('é', 3_000_000)));
        AssertJson("""{"Output":3000000}""", output["parameterValues"]);
    }

    [Fact]
    public async Task TheWorkingFolder_IsOnThePath_AndStepsMayStartProcesses()
    {
        Directory.CreateDirectory(_folder.File("work"));
        await File.WriteAllTextAsync(_folder.File("work/beside.py"), "X = 5");
        var output = await RunAsync("def f() -> str:\n    import beside, subprocess, sys\n    return subprocess.run([sys.executable, '-c', 'import beside; print(beside.X)'], capture_output=True, text=True).stdout.strip()", Component);
        AssertJson("""{"Output":"5"}""", output["parameterValues"]);
    }

    [Theory]
    [InlineData("'no-such-package-abc>=2' 'pip'", "missing Python package: no-such-package-abc>=2")]
    [InlineData("'no-such-a' 'no.such.b[x]==1; python_version>=\"3.8\"' 'no-such-c; python_version<\"3.0\"'", "missing Python packages: no-such-a, no.such.b[x]==1")]
    [InlineData("'git+https://example.com/x.git'", "git+https://example.com/x.git")]
    public async Task AMissingPackage_IsNamed(string packages, string words)
    {
        Component.Packages = packages;
        var (outcome, _) = await StartAsync("def f():\n    pass", Component);
        Assert.Contains(words, Assert.IsType<WorkloadOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APackageThatIsThere_IsEnough()
    {
        // Python's own library counts as installed; the version of what is installed is only told when it differs.
        Component.Packages = "'json' 'kfp-pipeline-spec==0.1' 'typing.extensions; python_version<\"3.0\"'";
        var (outcome, _) = await StartAsync("def f():\n    pass", Component);
        Assert.True(outcome.IsSuccess, outcome.Words);
    }

    [Theory]
    [InlineData("def f():\n    raise ValueError('no rows')", "ValueError: no rows")]
    [InlineData("def f() -> int:\n    return 'three'", "declared to return int")]
    [InlineData("def f() -> object:\n    return 3", "may return str, int")]
    [InlineData("def f(x: int):\n    pass", "missing 1 required positional argument: 'x'")]
    [InlineData("def f():\n    kfp.Client()", "stand-in for the kfp package")]
    [InlineData("def f():\n    import sys\n    sys.exit('given up')", "given up")]
    [InlineData("def f(:\n    pass", "SyntaxError")]
    public async Task AFault_IsToldByItsLastWords(string source, string words)
    {
        var (outcome, log) = await StartAsync(source, Component);
        Assert.Contains(words, Assert.IsType<WorkloadOutcome.Failed>(outcome).Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Component.OutputFile), string.Join('\n', log.Error));
    }

    [Fact]
    public async Task ATraceback_NamesTheLine()
    {
        var (_, log) = await StartAsync("def f():\n    x = 1\n    x.nothing()", Component);
        Assert.Contains(log.Error, line => line.Contains("ephemeral_component.py", StringComparison.Ordinal) && line.Contains(", in f", StringComparison.Ordinal));
        Assert.Contains(log.Error, line => line.Contains("x.nothing()", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NumbersOfNumpysKind_AreWrittenPlainly()
    {
        var output = await RunAsync(
            """
            def f(m: Output[Metrics]):
                class Scalar:
                    def item(self):
                        return 0.5
                m.log_metric('a', Scalar())
            """,
            Component.OutArtifact("m", "system.Metrics"));
        AssertJson("""{"a":0.5}""", Written(output, "m")["metadata"]);
    }

    [Fact]
    public async Task AnInstalledKfp_IsTakenInsteadOfTheStandIn()
    {
        var site = _folder.File("site/kfp/dsl");
        Directory.CreateDirectory(site);
        await File.WriteAllTextAsync(_folder.File("site/kfp/__init__.py"), "__version__ = '2.99'");
        await File.WriteAllTextAsync(Path.Combine(site, "__init__.py"), "");
        await File.WriteAllTextAsync(Path.Combine(site, "executor_main.py"), "import os, sys\ndef executor_main():\n    print('the real one', os.environ['_KFP_RUNTIME'], sys.argv[1], len(sys.argv))");
        var compiled = KfpBootstrap.Rewrite(Component.Compile("def f():\n    pass", Attempt()), CompiledComponent.Options) with { Env = new Dictionary<string, string> { ["PYTHONPATH"] = _folder.File("site") } };
        using var log = new LinesOf(_folder);
        var outcome = await _backend.RunAsync(compiled, log.Writer, CancellationToken.None);
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["the real one true --component_module_path 7"], log.Output);
    }

    public void Dispose() => _folder.Dispose();

    private static string Attempt() => $"py-{Environment.ProcessId}-{Interlocked.Increment(ref s_attempts)}";

    private static JsonObject Written(JsonObject output, string name) => output["artifacts"]![name]!["artifacts"]![0]!.AsObject();

    private static void AssertJson(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}, was {actual?.ToJsonString()}");

    private async Task<JsonObject> RunAsync(string source, CompiledComponent component)
    {
        var (outcome, log) = await StartAsync(source, component);
        Assert.True(outcome.IsSuccess, outcome.Words + "\n" + string.Join('\n', log.Error));
        return component.Output();
    }

    private async Task<(WorkloadOutcome Outcome, LinesOf Log)> StartAsync(string source, CompiledComponent component)
    {
        using var log = new LinesOf(_folder);
        var outcome = await _backend.RunAsync(KfpBootstrap.Rewrite(component.Compile(source, Attempt()), CompiledComponent.Options), log.Writer, CancellationToken.None);
        return (outcome, log);
    }
}
