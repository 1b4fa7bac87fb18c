using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>KServe's InferenceGraph, with KServe's field names.</summary>
internal static class InferenceGraphKind
{
    public static ResourceKind Definition { get; } = new()
    {
        Group = "serving.kserve.io",
        Version = "v1alpha1",
        Kind = "InferenceGraph",
        Plural = "inferencegraphs",
        ShortNames = ["ig"],
        Categories = ["all", "kserve"],
        Description = "Answers requests by several models: in sequence, by share, all at once, or by condition.",
        Schema = Schema.Object("InferenceGraph", ("spec", Spec().Required()), ("status", Status())).ToJson(),
        Columns =
        [
            new PrinterColumn("URL", ".status.url", Description: "Where it answers"),
            new PrinterColumn("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Validate = static resource => GraphReader.Read(resource).Problem?.Faults ?? [],
    };

    private static Schema Spec() => Schema.Object(
        "Wanted state",
        ("nodes", Schema.Map("Nodes by name; every request begins at root", Node()).Required()),
        ("timeout", Schema.Integer("Seconds that the whole graph has for a request").Min(1)),
        ("routerTimeouts", Schema.Object("Time limits", ("serviceClient", Schema.Integer("Seconds that each call of a step has").Min(1)))));

    private static Schema Node() => Schema.Object(
        "One router",
        ("routerType", Schema.String("Sequence: one after the other; Splitter: one by its share; Ensemble: all at once; Switch: the first whose condition holds")
            .OneOf("Sequence", "Splitter", "Ensemble", "Switch").Required()),
        ("steps", Schema.Array("Steps", Schema.Object(
            "One step; exactly one of serviceName, serviceUrl and nodeName",
            ("name", Schema.String("Its name; its place when absent").MaxLength(253)),
            ("serviceName", Schema.String("An InferenceService of the namespace, called in this process")),
            ("serviceUrl", Schema.String("Address of a service, called over HTTP")),
            ("nodeName", Schema.String("Another node of this graph")),
            ("data", Schema.String("What it is sent: $request, $response, $response.predictions or $response.outputs")),
            ("mapPredictionsToInstances", Schema.Boolean("With $response: its predictions are sent as instances")),
            ("weight", Schema.Integer("Percent of the requests, in a Splitter").Min(0).Max(100)),
            ("condition", Schema.String("A path (gjson) that must find something: in a Switch in the request, in a Sequence in the answer before")),
            ("dependency", Schema.String("Hard: its failure is the node's; Soft (default): it is passed over").OneOf("Soft", "Hard"))))));

    private static Schema Status() => Schema.Object(
        "Observed state",
        ("observedGeneration", Schema.Integer("The generation that the rest was observed at")),
        ("url", Schema.String("Where it answers")),
        ("conditions", Schema.Conditions()));
}
