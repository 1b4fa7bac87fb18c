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
                ("parameters", Schema.MapList("What a run may set", "name", Schema.Object(
                    "One parameter",
                    ("name", Schema.String("Used as ${{ params.NAME }}").Required()),
                    ("description", Schema.String("What it means")),
                    ("default", Schema.Any("Its value when the run does not give one; without a default the run must"))))),
                ("steps", Schema.MapList("In any order; needs says what waits for what", "name", Schema.Object(
                    "One step",
                    ("name", Schema.String("Unique in the pipeline").Pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$").Required()),
                    ("uses", Schema.String("The component to run, such as slipway/train").Required()),
                    ("needs", Schema.Array("Steps that must have ended well before", Schema.String("A step's name"))),
                    ("if", Schema.String("A placeholder; the step is skipped when its value is false, 0, empty or null")),
                    ("with", Schema.Anything("Inputs of the component; ${{ params.X }}, ${{ steps.S.outputs.O }} and ${{ run.id }} are filled in")))).Required())).Required()))
            .ToJson(),
        Columns = [new PrinterColumn("Age", ".metadata.creationTimestamp", "date")],
        Validate = resource => PipelineDefinition.Parse(resource["spec"] as System.Text.Json.Nodes.JsonObject ?? []) is { Succeeded: false } parsed
            ? parsed.Problem.Faults
            : [],
    };
}
