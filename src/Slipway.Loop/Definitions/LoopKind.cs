using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Loop.Definitions;

internal static class LoopKind
{
    public static ResourceKind Kind { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "Loop",
        Plural = "loops",
        Categories = ["slipway"],
        Description = "Closes the loop over a time-ordered table: trains, serves, watches, retrains and rolls out again, and shows what it was worth.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "The data, what to learn from it, and how it is replayed",
                ("data", Schema.String("The file, CSV or Parquet, rows in time order; `slipway loop` uploads it")),
                ("dataset", Schema.Object(
                    "The uploaded file",
                    ("name", Schema.String("The dataset").Required()),
                    ("version", Schema.String("A digest, a number or latest").Default("latest"))).Required()),
                ("time", Schema.String("The ISO 8601 column").Required()),
                ("target", Schema.String("The column to predict").Required()),
                ("task", Schema.String("What kind of target it is").OneOf("regression", "binary", "multiclass").Required()),
                ("features", Schema.Array("Columns to predict from; default: every other column", Schema.String("A column"))),
                ("categorical", Schema.Array("Features that are categories; default: the text columns", Schema.String("A column"))),
                ("train", Schema.Object(
                    "The first model's window; default: the first fifth of the rows",
                    ("from", Schema.String("First instant")),
                    ("until", Schema.String("First instant after it; the replay starts here")))),
                ("step", Schema.String("How the replay advances: hour, day, week, month, quarter, year or N rows").Default("month")),
                ("report", Schema.String("Windows of the result table, in the same words").Default("year")),
                ("feedbackDelay", Schema.String("How long after a step's end its labels arrive; default: at once")),
                ("metric", Schema.String("r2, mae, mape or rmse; accuracy, macro_f1, auc or logloss")),
                ("faults", Schema.Array("What to break on purpose", Schema.String("corrupted-challenger")))).Required()),
            ("status", Schema.Object(
                "How far it is",
                ("phase", Schema.String("Training, Deploying, Replaying, Finished or Failed")),
                ("step", Schema.Integer("Steps behind it")),
                ("steps", Schema.Integer("Steps in all")),
                ("time", Schema.String("Event time reached")),
                ("message", Schema.String("What it does now")),
                ("conditions", Schema.Conditions())))).ToJson(),
        Columns =
        [
            new PrinterColumn("Phase", ".status.phase"),
            new PrinterColumn("Step", ".status.step", "integer"),
            new PrinterColumn("Steps", ".status.steps", "integer"),
            new PrinterColumn("Time", ".status.time"),
            new PrinterColumn("Message", ".status.message", Wide: true),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Validate = resource => LoopSpec.Parse(resource["spec"] as JsonObject ?? []) is { Succeeded: false } parsed ? parsed.Problem.Faults : (IReadOnlyList<Fault>)[],
    };
}
