using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Pipelines.Definitions;

internal static class PipelineKind
{
    public static ResourceKind Kind { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "Pipeline",
        Plural = "pipelines",
        ShortNames = ["pl"],
        Categories = ["slipway"],
        HasStatus = false,
        Description = "A graph of steps that is run as a whole, durably: each step's outputs are kept, and what is done is not done again.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "The steps and what can be set from outside",
                ("description", Schema.String("What the pipeline is for")),
                ("image", Schema.String("Container image of steps that name none; without any, steps run as processes")),
                ("params", Schema.Anything("Parameters as NAME: default, or NAME: {type, default, description}")),
                ("outputs", Schema.Anything("The pipeline's own outputs as NAME: step.output")),
                ("parameters", Schema.MapList("What a run may set", "name", Schema.Object(
                    "One parameter",
                    ("name", Schema.String("Used as ${{ params.NAME }}").Required()),
                    ("description", Schema.String("What it means")),
                    ("default", Schema.Any("Its value when the run does not give one; without a default the run must"))))),
                ("steps", Schema.MapList("In any order; needs says what waits for what", "name", Schema.Object(
                    "One step",
                    ("name", Schema.String("Unique in the pipeline").Pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$").Required()),
                    ("uses", Schema.String("The component to run, such as slipway/train")),
                    ("run", Schema.String("The command to run, by sh")),
                    ("component", Schema.String("A compiled component; its file cannot be read from a resource: compile the pipeline where the file is")),
                    ("image", Schema.String("Container image of this step")),
                    ("in", Schema.Anything("Inputs: NAME: step.output, or a value; a command finds them in IN_NAME")),
                    ("out", Schema.Anything("Outputs as NAME: type; a command writes to the path in OUT_NAME")),
                    ("params", Schema.Anything("Parameters of the step as NAME: type or value")),
                    ("metrics", Schema.String("JSON file of metrics that the command writes")),
                    ("matrix", Schema.Anything("Runs the step once for every combination of NAME: [values]")),
                    ("parallel", Schema.Integer("How many of a matrix run at once")),
                    ("always", Schema.Boolean("Runs however the needed steps have ended")),
                    ("cache", Schema.Boolean("Whether an earlier result may be taken")),
                    ("retry", Schema.Anything("How often it is tried again, or {count, backoff, factor}")),
                    ("timeout", Schema.Any("Longest time, such as 10m")),
                    ("env", Schema.Anything("Variables as NAME: value")),
                    ("secrets", Schema.Anything("Variables from secrets as NAME: secret/key")),
                    ("resources", Schema.Anything("cpu, memory, gpu")),
                    ("files", Schema.Anything("Files to write into the working folder before it starts")),
                    ("needs", Schema.Array("Steps that must have ended well before", Schema.String("A step's name"))),
                    ("if", Schema.String("A placeholder; the step is skipped when its value is false, 0, empty or null")),
                    ("with", Schema.Anything("Inputs of the component; ${{ params.X }}, ${{ steps.S.outputs.O }} and ${{ run.id }} are filled in")))).Required())).Required()))
            .ToJson(),
        Columns = [new PrinterColumn("Age", ".metadata.creationTimestamp", "date")],
        Validate = Check,
    };

    private static IReadOnlyList<Fault> Check(JsonObject resource)
    {
        var problem = ShortPipelineResource.Is(resource)
            ? ShortPipelineResource.Compile(resource).Problem
            : PipelineDefinition.Parse(resource["spec"] as JsonObject ?? []).Problem;
        return problem is null ? [] : problem.Faults.Count > 0 ? problem.Faults : [new Fault("spec", problem.Message)];
    }
}
