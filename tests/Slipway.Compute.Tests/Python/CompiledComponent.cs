using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Python;

/// <summary>A Python component in the command line that each family of SDK versions compiles it to, and the executor input that a runner hands it.</summary>
internal sealed class CompiledComponent(TempFolder folder)
{
    private static readonly string Runtime = PythonRuntime.LayOut(Path.Combine(Path.GetTempPath(), "slipway-test-python"));

    private const string Imports = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\n";

    public static PythonOptions Options { get; } = new() { RuntimeFolder = Runtime };

    public JsonObject Inputs { get; } = [];

    public JsonObject InputArtifacts { get; } = [];

    public JsonObject OutputParameters { get; } = [];

    public JsonObject OutputArtifacts { get; } = [];

    /// <summary>Requirements of the component itself, as the SDK quotes them.</summary>
    public string Packages { get; set; } = "";

    public string Sdk { get; set; } = "2.15.2";

    public string OutputFile => folder.File("task/executor_output.json");

    public CompiledComponent In(string name, JsonNode? value)
    {
        Inputs[name] = value;
        return this;
    }

    public CompiledComponent InArtifact(string name, string type, params string[] contents)
    {
        var list = new JsonArray();
        for (var i = 0; i < contents.Length; i++)
        {
            var path = folder.File($"in-{name}-{i}");
            File.WriteAllText(path, contents[i]);
            list.Add(Artifact($"{name}-{i}", type, path, new JsonObject { ["rank"] = i }));
        }

        InputArtifacts[name] = new JsonObject { ["artifacts"] = list };
        return this;
    }

    public CompiledComponent Out(string name)
    {
        OutputParameters[name] = new JsonObject { ["outputFile"] = folder.File($"params/deep/{name}") };
        return this;
    }

    public CompiledComponent OutArtifact(string name, string type)
    {
        OutputArtifacts[name] = new JsonObject { ["artifacts"] = new JsonArray(Artifact(name, type, PathOf(name), [])) };
        return this;
    }

    public string PathOf(string output) => folder.File($"out/{output}");

    public JsonObject ExecutorInput => new()
    {
        ["inputs"] = new JsonObject { ["parameterValues"] = Inputs.DeepClone(), ["artifacts"] = InputArtifacts.DeepClone() },
        ["outputs"] = new JsonObject { ["parameters"] = OutputParameters.DeepClone(), ["artifacts"] = OutputArtifacts.DeepClone(), ["outputFile"] = OutputFile },
    };

    /// <summary>The workload exactly as compiled, with its placeholder filled.</summary>
    public Workload Compile(string function, string attempt)
    {
        var name = function.Split('\n').First(line => line.StartsWith("def ", StringComparison.Ordinal))["def ".Length..].Split('(')[0].Trim();
        return new Workload
        {
            Name = name,
            Attempt = attempt,
            Image = "python:3.11",
            Command = [.. Bootstrap(), "sh", "-ec", Launch(), Imports + function + "\n"],
            Args = ["--executor_input", ExecutorInput.ToJsonString(), "--function_to_execute", name],
            WorkingFolder = folder.File("work"),
        };
    }

    public JsonObject Output() => JsonNode.Parse(File.ReadAllText(OutputFile))!.AsObject();

    private static JsonObject Artifact(string name, string type, string uri, JsonObject metadata) => new()
    {
        ["name"] = name,
        ["type"] = new JsonObject { ["schemaTitle"] = type, ["schemaVersion"] = "0.0.1" },
        ["uri"] = uri,
        ["metadata"] = metadata,
    };

    private string[] Bootstrap()
    {
        var install = "python3 -m pip install --quiet --no-warn-script-location ";
        var own = Packages.Length == 0 ? "" : install + Packages + "  && ";
        var kfp = Sdk.StartsWith("2.0", StringComparison.Ordinal)
            ? $"python3 -m pip install --quiet     --no-warn-script-location 'kfp=={Sdk}'"
            : install + $"'kfp=={Sdk}' '--no-deps' 'typing-extensions>=3.7.4,<5; python_version<\"3.9\"'";
        return ["sh", "-c", $"\nif ! [ -x \"$(command -v pip)\" ]; then\n    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip\nfi\n\nPIP_DISABLE_PIP_VERSION_CHECK=1 {own}{kfp} && \"$0\" \"$@\"\n"];
    }

    private string Launch() => Sdk.StartsWith("2.0", StringComparison.Ordinal)
        ? "program_path=$(mktemp -d)\nprintf \"%s\" \"$0\" > \"$program_path/ephemeral_component.py\"\npython3 -m kfp.components.executor_main                         --component_module_path                         \"$program_path/ephemeral_component.py\"                         \"$@\"\n"
        : "program_path=$(mktemp -d)\n\nprintf \"%s\" \"$0\" > \"$program_path/ephemeral_component.py\"\n_KFP_RUNTIME=true python3 -m kfp.dsl.executor_main                         --component_module_path                         \"$program_path/ephemeral_component.py\"                         \"$@\"\n";
}
