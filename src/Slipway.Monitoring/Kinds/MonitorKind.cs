using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Domain.Comparison;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Monitoring.Kinds;

internal static class MonitorKind
{
    private static readonly string[] RegressionMetrics = ["r2", "mae", "mape", "rmse"];
    private static readonly string[] BinaryMetrics = ["accuracy", "macro_f1", "auc", "logloss"];
    private static readonly string[] MulticlassMetrics = ["accuracy", "macro_f1", "logloss"];

    public static ResourceKind Kind { get; } = new()
    {
        Group = "slipway.dev",
        Version = "v1",
        Kind = "Monitor",
        Plural = "monitors",
        ShortNames = ["mon"],
        Categories = ["slipway"],
        Description = "Judges what an inference service answers, window by window: input drift, prediction drift and quality.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "What to watch, and against what",
                ("inferenceService", Schema.String("The InferenceService whose prediction log is read").Required()),
                ("task", Schema.String("What is learned").OneOf("regression", "binary", "multiclass").Required()),
                ("metric", Schema.String("The metric that counts; its per-row loss is what versions are compared by")
                    .OneOf([.. RegressionMetrics, .. BinaryMetrics]).Required()),
                ("reference", Schema.Object(
                    "What the inputs looked like in training; without it there is no input drift",
                    ("dataset", Schema.String("The dataset").Required()),
                    ("version", Schema.String("A digest, a number, or latest").Default("latest")),
                    ("predictionColumn", Schema.String(
                        "The column that predictions are compared with; without it they are compared with those of the monitor's first window")))),
                ("drift", Schema.Object(
                    "How drift is decided",
                    ("enabled", Schema.Boolean("False evaluates quality only").Default(true)),
                    ("share", Schema.Number("Inputs drifted when at least this share of their columns did").Default(0.5).Min(0.001).Max(1)),
                    ("correction", Schema.String("For the number of columns").OneOf([.. Corrections.ByName.Keys]).Default("none")))))
                .Required()),
            ("status", Schema.Object(
                "What was seen last",
                ("lastWindow", Schema.Integer("The newest window that was evaluated")),
                ("lastWindowUntil", Schema.Time("Its end")),
                ("observedWindow", Schema.Integer("The newest closed window that the inference service has")),
                ("value", Schema.Number("The metric of the served answers in the last window")),
                ("driftShare", Schema.Number("The share of drifted inputs in the last window")),
                ("conditions", Schema.Conditions())))).ToJson(),
        Columns =
        [
            new PrinterColumn("Service", ".spec.inferenceService"),
            new PrinterColumn("Metric", ".spec.metric"),
            new PrinterColumn("Value", ".status.value", "number"),
            new PrinterColumn("Drifting", ".status.conditions[?(@.type=='Drifting')].status"),
            new PrinterColumn("Degraded", ".status.conditions[?(@.type=='Degraded')].status"),
            new PrinterColumn("Window", ".status.lastWindow", "integer"),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Validate = Check,
    };

    private static IReadOnlyList<Fault> Check(JsonObject monitor)
    {
        var (task, metric) = ((string?)monitor["spec"]?["task"], (string?)monitor["spec"]?["metric"]);
        var metrics = task switch
        {
            "regression" => RegressionMetrics,
            "binary" => BinaryMetrics,
            "multiclass" => MulticlassMetrics,
            _ => null,
        };
        return metrics is null || metric is null || metrics.Contains(metric)
            ? []
            : [new Fault("spec.metric", $"'{metric}' is not a metric of {task}; use one of {string.Join(", ", metrics)}")];
    }
}
