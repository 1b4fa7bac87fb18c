using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.PipelineLanguage.Tests;

/// <summary>The fixtures beside the tests.</summary>
internal static class Sample
{
    public static string Text(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", name));

    public static PipelineSpec Everything { get; } = PipelineReader.Read(Text("everything.yaml"), "everything.yaml").OrThrow().Spec;

    /// <summary>A pipeline with this root graph's tasks (YAML, indented by nothing) and one component <c>comp</c> that takes and gives <c>x</c>.</summary>
    public static string WithTasks(string tasks) => $"""
        pipelineInfo: {"{"}name: sample{"}"}
        schemaVersion: 2.1.0
        deploymentSpec:
          executors:
            exec: {"{"}container: {"{"}image: alpine, command: [echo]{"}"}{"}"}
        components:
          comp:
            executorLabel: exec
            inputDefinitions: {"{"}parameters: {"{"}x: {"{"}parameterType: STRING, isOptional: true{"}"}{"}"}{"}"}
            outputDefinitions: {"{"}parameters: {"{"}x: {"{"}parameterType: STRING{"}"}{"}"}{"}"}
        root:
          dag:
            tasks:
        {string.Join('\n', tasks.ReplaceLineEndings("\n").Split('\n').Select(l => "      " + l))}
        """;
}
