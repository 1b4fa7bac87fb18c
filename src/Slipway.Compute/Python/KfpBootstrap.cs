using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Python;

/// <summary>
/// Knows the commands that the Kubeflow Pipelines SDK compiles Python components to (2.0 to 2.15): <c>sh -c "pip install ..."</c> around
/// <c>sh -ec "... python3 -m kfp.dsl.executor_main"</c> around the source. Such a workload is rewritten to start Python at once: the source goes to a file,
/// nothing is installed, what would have been installed is looked for instead, and large inputs no longer meet Linux's 128 KiB per argument.
/// Every other command is left as it is. Pure.
/// </summary>
public static partial class KfpBootstrap
{
    private const string SourceFile = ".slipway/ephemeral_component.py";
    private const string Workspace = "/kfp-workspace";
    private const string SpecFile = ".slipway/component.json";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex("""^(?:set -e\s+)?program_path=\$\(mktemp -d\)\s+printf "%s" "\$0" > "\$program_path/ephemeral_component\.py"\s+(?:_KFP_RUNTIME=true\s+)?python3 -m kfp\.(?:dsl|components|v2\.components)\.executor_main\s+--component_module_path\s+"\$program_path/ephemeral_component\.py"\s+"\$@"\s*\z""")]
    private static partial Regex Launch();

    [GeneratedRegex(@"^kfp\.(dsl|components|v2\.components)\.executor_main\z")]
    private static partial Regex Executor();

    /// <summary>True for a component that the SDK compiled: <see cref="Rewrite"/> would change it.</summary>
    public static bool Recognises(Workload workload) => Read(workload.CommandLine) is not null;

    /// <summary>The workload with Python started directly, or the same one when it is not a compiled Python component.</summary>
    public static Workload Rewrite(Workload workload, PythonOptions options)
    {
        if (Read(workload.CommandLine) is not { } component)
        {
            return workload;
        }

        var files = workload.Files.ToList();
        if (component.Source is { } source)
        {
            files.Add(new WorkloadFile(SourceFile, source));
        }

        files.Add(new WorkloadFile(SpecFile, Spec(component)));
        return workload with
        {
            Command = [Interpreter(workload, options), Path.Combine(options.RuntimeFolder, "launch.py"), SpecFile],
            Args = [],
            Files = files,
            Image = null,
            Env = EnvironmentOf(workload),
        };
    }

    private static Dictionary<string, string> EnvironmentOf(Workload workload)
    {
        var env = new Dictionary<string, string>(workload.Env);
        // The launcher hands on line by line, which costs half of what Python's own switch does.
        env.TryAdd("PYTHONUNBUFFERED", "");
        if (workload.Mounts.Any(m => m.Target == Workspace))
        {
            // The SDK's artifact classes have the workspace's place built in; the stand-in's ask this variable, whose value follows the mount.
            env["SLIPWAY_WORKSPACE"] = Workspace;
        }

        return env;
    }

    private static string Interpreter(Workload workload, PythonOptions options) =>
        workload.Env.TryGetValue(PythonOptions.Variable, out var asked) && asked.Length > 0
            ? options.Environments.TryGetValue(asked, out var folder) ? Path.Combine(folder, "bin", "python3") : asked
            : options.Environments.TryGetValue(options.Interpreter, out var home) ? Path.Combine(home, "bin", "python3") : options.Interpreter;

    private static KfpComponent? Read(IReadOnlyList<string> line)
    {
        var requirements = new List<string>();
        var at = 0;
        // Each layer is a shell that runs a script with the rest of the line as $0, $1, ...
        while (IsShell(line, at) && PipScript.Read(line[at + 2]) is { } wanted)
        {
            requirements.AddRange(wanted);
            at += 3;
        }

        if (IsShell(line, at) && at + 3 < line.Count && Launch().IsMatch(line[at + 2]))
        {
            return new KfpComponent(line[at + 3], [.. line.Skip(at + 4)], requirements);
        }

        return at + 2 < line.Count && line[at] is "python3" or "python" && line[at + 1] == "-m" && Executor().IsMatch(line[at + 2])
            ? new KfpComponent(null, [.. line.Skip(at + 3)], requirements)
            : null;
    }

    private static bool IsShell(IReadOnlyList<string> line, int at) =>
        at + 2 < line.Count && line[at] is "sh" or "/bin/sh" or "bash" or "/bin/bash" && line[at + 1] is "-c" or "-ec" or "-ce" or "-exc";

    private static string Spec(KfpComponent component)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("module", component.Source is null ? null : SourceFile);
            json.WriteStartArray("argv");
            foreach (var argument in component.Arguments)
            {
                json.WriteStringValue(argument);
            }

            json.WriteEndArray();
            json.WriteStartArray("require");
            foreach (var requirement in component.Requirements)
            {
                json.WriteStringValue(requirement);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <param name="Source">Null for a component whose source is in an image.</param>
    private sealed record KfpComponent(string? Source, IReadOnlyList<string> Arguments, IReadOnlyList<string> Requirements);
}
