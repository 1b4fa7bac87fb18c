using System.Text;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>
/// IR packages for tests, as YAML. The components: <c>echo</c> (v: any -> out: any, in process), <c>fail</c> (in process), <c>sh</c> (script -> out, a process),
/// <c>write</c>, <c>read</c> and <c>merge</c> (artifacts by processes).
/// </summary>
internal static class IrText
{
    /// <param name="tasks">The root's tasks, indented by six.</param>
    /// <param name="rest">More members of <c>root</c>, indented by two, and more components, see <paramref name="components"/>.</param>
    public static string Pipeline(string tasks, string rest = "", string components = "", string executors = "", string platform = "") => """
        pipelineInfo: {name: test-pipeline}
        schemaVersion: 2.1.0
        sdkVersion: kfp-2.15.2
        root:
          dag:
            tasks:
        TASKS
        REST
        components:
          comp-echo:
            executorLabel: exec-echo
            inputDefinitions: {parameters: {v: {isOptional: true}}}
            outputDefinitions: {parameters: {out: {}}}
          comp-fail:
            executorLabel: exec-fail
            inputDefinitions: {parameters: {v: {isOptional: true}}}
            outputDefinitions: {parameters: {out: {}}}
          comp-sh:
            executorLabel: exec-sh
            inputDefinitions: {parameters: {script: {parameterType: STRING}}}
            outputDefinitions: {parameters: {out: {parameterType: STRING}}}
          comp-write:
            executorLabel: exec-write
            inputDefinitions: {parameters: {text: {parameterType: STRING}}}
            outputDefinitions: {artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}}
          comp-read:
            executorLabel: exec-read
            inputDefinitions: {artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}}
            outputDefinitions: {parameters: {out: {parameterType: STRING}}}
        COMPONENTS
        deploymentSpec:
          executors:
            exec-echo: {container: {image: slipway.dev/component, command: [test/echo], args: ["{{$}}"]}}
            exec-fail: {container: {image: slipway.dev/component, command: [test/fail], args: ["{{$}}"]}}
            exec-sh:
              container:
                image: alpine
                command: [sh, -c]
                args: ["{{$.inputs.parameters['script']}}", "{{$.outputs.parameters['out'].output_file}}"]
            exec-write:
              container:
                image: alpine
                command: [sh, -c, 'printf %s "$0" > "$1"']
                args: ["{{$.inputs.parameters['text']}}", "{{$.outputs.artifacts['data'].path}}"]
            exec-read:
              container:
                image: alpine
                command: [sh, -c, 'cat "$0" > "$1"']
                args: ["{{$.inputs.artifacts['data'].path}}", "{{$.outputs.parameters['out'].output_file}}"]
        EXECUTORS
        PLATFORM
        """
        .Replace("TASKS", Indent(tasks, 6), StringComparison.Ordinal).Replace("REST", Indent(rest, 2), StringComparison.Ordinal)
        .Replace("COMPONENTS", Indent(components, 2), StringComparison.Ordinal).Replace("EXECUTORS", Indent(executors, 4), StringComparison.Ordinal)
        .Replace("PLATFORM", platform, StringComparison.Ordinal);

    private static string Indent(string text, int by)
    {
        var result = new StringBuilder();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            result.Append(line.Length == 0 ? "" : new string(' ', by)).Append(line).Append('\n');
        }

        return result.ToString().TrimEnd('\n');
    }
}
