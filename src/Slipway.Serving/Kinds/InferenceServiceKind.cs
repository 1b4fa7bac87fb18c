using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Serving.Kinds;

/// <summary>KServe's InferenceService, with KServe's field names.</summary>
internal static class InferenceServiceKind
{
    public static ResourceKind Definition { get; } = new()
    {
        Group = "serving.kserve.io",
        Version = "v1beta1",
        Kind = "InferenceService",
        Plural = "inferenceservices",
        ShortNames = ["isvc"],
        Categories = ["all", "kserve"],
        Description = "Serves a model over the Open Inference Protocol, with canaries and mirroring.",
        Schema = Schema.Object("InferenceService", ("spec", Spec().Required()), ("status", InferenceServiceStatusSchema.Build())).ToJson(),
        Columns =
        [
            new PrinterColumn("URL", ".status.url", Description: "Where it answers"),
            new PrinterColumn("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            new PrinterColumn("Prev", ".status.components.predictor.traffic[?(@.tag=='prev')].percent", "integer", "Share of the stable revision beside a canary"),
            new PrinterColumn("Latest", ".status.components.predictor.traffic[?(@.latestRevision==true)].percent", "integer", "Share of the newest revision"),
            new PrinterColumn("PrevRolledoutRevision", ".status.components.predictor.traffic[?(@.tag=='prev')].revisionName"),
            new PrinterColumn("LatestReadyRevision", ".status.components.predictor.traffic[?(@.latestRevision==true)].revisionName"),
            new PrinterColumn("Model", ".status.observedModelVersion", "integer", "Model version of the stable revision", Wide: true),
            new PrinterColumn("Age", ".metadata.creationTimestamp", "date"),
        ],
        Normalise = KServeShorthand.Normalise,
        Validate = InferenceServiceRules.Check,
    };

    private static Schema Spec() => Schema.Object(
        "Wanted state",
        ("predictor", Predictor(named: false).Required()),
        ("canary", Schema.Array("Further predictors that get a share of the traffic", Schema.Object(
            "One canary",
            ("trafficPercent", Schema.Integer("Its share of the requests; 0 loads it without traffic").Min(0).Max(100).Required()),
            ("predictor", Predictor(named: true).Required())))),
        ("transformer", Transformer()),
        ("explainer", Schema.Anything("How :explain answers: slipway: {type, config}, or model: a class of one's own in Python; absent takes the defaults")));

    private static Schema Predictor(bool named)
    {
        var name = Schema.String("Name of the predictor").MaxLength(253);
        return Schema.Object(
            "What answers requests",
            [("name", named ? name.Required() : name),
            ("model", Model(isShorthand: false)),
            ("minReplicas", Schema.Integer("Copies at least; 0 unloads the model when idle, and the next request loads it again. An ONNX model is one copy for all cores").Min(0)),
            ("maxReplicas", Schema.Integer("Copies at most; as many as minReplicas when absent").Min(0)),
            ("scaleTarget", Schema.Integer("Load per copy that asks for another one; 1").Min(1)),
            ("scaleMetric", Schema.String("concurrency (requests at a time, the default) or rps (requests per second)").OneOf("cpu", "memory", "concurrency", "rps")),
            ("canaryTrafficPercent", Schema.Integer("Share of the newest revision; the last fully rolled-out one keeps the rest. Absent rolls out fully").Min(0).Max(100)),
            ("batcher", BatcherSchema.Build()),
            ("logger", Logger()),
            ("timeout", Schema.Integer("Seconds that a request may take in all; 0 or absent: no limit").Min(0)),
            ("containerConcurrency", Schema.Integer("Runs of the model at a time, a batch being one; 0 or absent: as many as make sense").Min(0)),
            .. KServeShorthand.Formats.Select(f => (f, Model(isShorthand: true))),
            .. KServeCures.Predictor]);
    }

    private static Schema Logger() => Schema.Object(
        "Keeps payloads in payload files, and with a url sends them there as CloudEvents",
        ("url", Schema.String("Sink of events, http or https; or where payload files go, s3://BUCKET/PREFIX; absent keeps payload files in the server's data folder")),
        ("storage", Schema.Object("Where payload files go, beside a sink of events", ("path", Schema.String("s3://BUCKET/PREFIX").Required()))),
        ("mode", Schema.String("Which half is sent").OneOf("all", "request", "response")),
        ("metadataHeaders", Schema.Array("Request headers that events carry in ce-metadata", Schema.String("Name"))),
        ("metadataAnnotations", Schema.Array("Annotations of the service that events carry in ce-annotations", Schema.String("Name"))));

    private static Schema Transformer() => Schema.Object(
        "What requests over HTTP go through: a class of one's own in Python (model), or a service elsewhere, which asks the predictor itself",
        [("annotations", Schema.Map("slipway.dev/url: its address; slipway.dev/propagate-headers: request headers that it is sent", Schema.String("Value"))),
        ("labels", Schema.Map("Labels", Schema.String("Value"))),
        ("model", Model(isShorthand: false)),
        ("minReplicas", Schema.Integer("Worker processes at least; 0 ends them when idle").Min(0)),
        ("maxReplicas", Schema.Integer("Worker processes at most; as many as minReplicas when absent").Min(0)),
        ("scaleTarget", Schema.Integer("Load per worker process that asks for another one; 1").Min(1)),
        ("scaleMetric", Schema.String("concurrency (requests at a time, the default) or rps (requests per second)").OneOf("cpu", "memory", "concurrency", "rps")),
        ("timeout", Schema.Integer("Seconds that it has for a request, the predictor's part included; 60").Min(1)),
        ("containers", Schema.Array("What runs it on Kubernetes; here its address stands for them", Schema.Anything("Container"))),
        .. KServeCures.Transformer]);

    /// <param name="isShorthand">The older form, named by the format: stored as <c>model</c>, which is checked then.</param>
    private static Schema Model(bool isShorthand)
    {
        var format = Schema.Object(
            "What the file is",
            ("name", Schema.String("onnx, sklearn, xgboost, lightgbm, pytorch, mlflow or python").Required()),
            ("version", Schema.String("Version of the format; informative")));
        var uri = Schema.String("models:/NAME@ALIAS, models:/NAME/VERSION, file:///path (a file or a folder), s3://bucket/key or https://host/path");
        return isShorthand
            ? Schema.Object("Older form of model: {modelFormat: {name: ...}, ...}; stored as that", [("storageUri", uri), .. Settings()])
            : Schema.Object("The model and how it is served", [("modelFormat", format.Required()), ("storageUri", uri.Required()), .. Settings()]);
    }

    private static (string Name, Schema Value)[] Settings() =>
    [
        ("protocolVersion", Schema.String("Informative: every protocol is always offered").OneOf("v1", "v2", "grpc-v1", "grpc-v2")),
        ("runtime", Schema.String("slipway-onnx (inside the server) or slipway-python (worker processes); follows from the format")),
        ("name", Schema.String("Of the container on Kubernetes; informative")),
        ("ports", Schema.Array("Informative: every protocol is always offered, at the server's ports", Schema.Anything("Port"))),
        ("env", Schema.Array("Environment of the worker processes", Schema.Anything("name and value"))),
        ("args", Schema.Array("Arguments of the worker processes", Schema.String("Argument"))),
        ("resources", Schema.Anything("Limits (memory, cpu) of each worker process")),
        .. KServeCures.Model,
    ];
}
