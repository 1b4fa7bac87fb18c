using System.Text.Json.Nodes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Python;

/// <summary>The recogniser alone: which commands it takes, and what it makes of them.</summary>
public sealed class KfpBootstrapTests : IDisposable
{
    private const string Venv = "\nexport PIP_DISABLE_PIP_VERSION_CHECK=1\ntmp=$(mktemp -d)\npython3 -m venv \"$tmp/venv\" --system-site-packages\n. \"$tmp/venv/bin/activate\"\n";
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("2.0.0-beta.16")]
    [InlineData("2.1.3")]
    [InlineData("2.9.0")]
    [InlineData("2.15.2")]
    public void ACompiledComponent_StartsPythonAtOnce(string sdk)
    {
        var workload = new CompiledComponent(_folder) { Sdk = sdk }.Compile("def f():\n    pass", "a");
        var rewritten = KfpBootstrap.Rewrite(workload, CompiledComponent.Options with { Interpreter = "/opt/python" });
        Assert.True(KfpBootstrap.Recognises(workload));
        Assert.Equal("/opt/python", rewritten.Command[0]);
        Assert.Equal("launch.py", Path.GetFileName(rewritten.Command[1]));
        Assert.Null(rewritten.Image);
        Assert.Contains(rewritten.Files, f => f.Path.EndsWith("ephemeral_component.py", StringComparison.Ordinal) && f.Content.Contains("def f()", StringComparison.Ordinal));
        Assert.Equal(["--executor_input", "--function_to_execute"], Spec(rewritten)["argv"]!.AsArray().Select(a => a!.ToString()).Where(a => a.StartsWith("--", StringComparison.Ordinal)));
        Assert.Empty(Spec(rewritten)["require"]!.AsArray());
        Assert.Same(rewritten, KfpBootstrap.Rewrite(rewritten, CompiledComponent.Options));
    }

    [Theory]
    [InlineData("'pandas==2.2.0' 'scikit-learn==1.4.0'", "pandas==2.2.0|scikit-learn==1.4.0")]
    [InlineData("--index-url https://a/simple --extra-index-url https://b --trusted-host a 'yapf'", "yapf")]
    [InlineData("\"it's\" 'nbclient>=0.10,<1' 'kfp[kubernetes]==2.5'", "it's|nbclient>=0.10,<1")]
    [InlineData("'git+https://github.com/kubeflow/pipelines.git@master#subdirectory=sdk/python' 'a&&b'", "a&&b")]
    [InlineData("'fastjsonschema<2.22; python_version < \"3.10\"'", "fastjsonschema<2.22; python_version < \"3.10\"")]
    public void ItsPackages_AreKnown(string words, string expected)
    {
        var rewritten = KfpBootstrap.Rewrite(new CompiledComponent(_folder) { Packages = words }.Compile("def f():\n    pass", "a"), CompiledComponent.Options);
        Assert.Equal(expected, string.Join('|', Spec(rewritten)["require"]!.AsArray().Select(r => r!.ToString())));
    }

    [Fact]
    public void AVirtualEnvironment_AndNoBootstrapAtAll_AreKnown()
    {
        var compiled = new CompiledComponent(_folder).Compile("def f():\n    pass", "a");
        var venv = compiled with { Command = ["sh", "-c", compiled.Command[2].Replace("python3 -m pip install", Venv + " python3 -m pip install", StringComparison.Ordinal), .. compiled.Command.Skip(3)] };
        Assert.True(KfpBootstrap.Recognises(venv));
        Assert.True(KfpBootstrap.Recognises(compiled with { Command = [.. compiled.Command.Skip(3)] }));
        Assert.True(KfpBootstrap.Recognises(compiled with { Command = ["python3", "-m", "kfp.dsl.executor_main"] }));
    }

    [Fact]
    public void AnyOtherCommand_StaysAsItIs()
    {
        var compiled = new CompiledComponent(_folder).Compile("def f():\n    pass", "a");
        string[][] others =
        [
            ["sh", "-c", "echo hello"], ["sh", "-c", "python3 -m pip install x && python3 train.py"], ["python3", "-m", "http.server"], [],
            ["sh", "-c", "python3 -m pip install 'x' && \"$0\" \"$@\"", "python3", "train.py"],
            // Something of the user's own between what the SDK writes.
            ["sh", "-c", compiled.Command[2].Replace("fi\n", "fi\napt-get install -y git\n", StringComparison.Ordinal), .. compiled.Command.Skip(3)],
            [.. compiled.Command.Take(5), compiled.Command[5] + "rm -rf \"$program_path\"\n", .. compiled.Command.Skip(6)],
        ];
        foreach (var other in others)
        {
            var workload = compiled with { Command = other };
            Assert.Same(workload, KfpBootstrap.Rewrite(workload, CompiledComponent.Options));
        }
    }

    [Fact]
    public void AnEnvironment_IsChosenByName()
    {
        var options = CompiledComponent.Options with { Environments = new Dictionary<string, string> { ["torch"] = "/venvs/torch" } };
        var compiled = new CompiledComponent(_folder).Compile("def f():\n    pass", "a");
        string Chosen(string value) => KfpBootstrap.Rewrite(compiled with { Env = new Dictionary<string, string> { ["SLIPWAY_PYTHON"] = value } }, options).Command[0];
        Assert.Equal("/venvs/torch/bin/python3", Chosen("torch"));
        Assert.Equal("/other/python3", Chosen("/other/python3"));
        Assert.Equal("/venvs/torch/bin/python3", KfpBootstrap.Rewrite(compiled, options with { Interpreter = "torch" }).Command[0]);
    }

    public void Dispose() => _folder.Dispose();

    private static JsonNode Spec(Workload workload) => JsonNode.Parse(workload.Files.Single(f => f.Path.EndsWith(".json", StringComparison.Ordinal)).Content)!;
}
