using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Schemas;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Kinds;

/// <summary>Fields of KServe that this server does not act on: known, so that whoever applies KServe's own manifests reads what to do instead of "unknown field".</summary>
internal static class KServeCures
{
    private const string OfPods = "is of pods, and models run on this server's machine; remove it";

    private static readonly (string Field, string Cure)[] OfModel =
    [
        ("runtimeVersion", "is not supported; remove it (a virtual environment is named by the annotation slipway.dev/python)"),
        ("image", "models run in this server or its workers, not in images; remove it (a virtual environment is named by the annotation slipway.dev/python)"),
        ("command", "the server starts its workers itself; remove it"),
        ("envFrom", "write the variables in env"),
        ("storage", "write the whole address in storageUri; the keys of S3 are the server's settings Serving:S3"),
        ("volumeMounts", "a folder of the server's machine is opened by storageUri file:///path"),
        ("livenessProbe", "the server watches its workers itself; remove it"),
        ("readinessProbe", "the server watches its workers itself; remove it"),
        ("startupProbe", "the server watches its workers itself; remove it"),
        ("lifecycle", OfPods),
        ("securityContext", OfPods),
        ("imagePullPolicy", OfPods),
        ("terminationMessagePath", OfPods),
        ("terminationMessagePolicy", OfPods),
        ("workingDir", OfPods),
    ];

    private static readonly (string Field, string Cure)[] OfPredictor =
    [
        ("containers", "custom containers are not run by this server; for a server that speaks V2 or V1 write model: {modelFormat: {name: remote}, storageUri: http://HOST/v2/models/NAME}, "
            + "for a class of your own modelFormat python"),
        ("serviceAccountName", "the keys of S3 are the server's settings Serving:S3; remove it"),
        ("autoScaling", "write minReplicas, maxReplicas, scaleMetric (concurrency or rps) and scaleTarget"),
        ("scaleMetricType", "scaleTarget is always the average per copy; remove it"),
        ("deploymentStrategy", "a new version is always loaded beside the old one before it answers; remove it (steps and limits: kind Rollout of slipway.dev/v1)"),
        ("workerSpec", "a model runs on one machine here; remove it"),
        ("storageUris", "write one storageUri in model"),
        ("annotations", "write them in metadata.annotations"),
        ("labels", "write them in metadata.labels"),
        ("nodeSelector", OfPods),
        ("tolerations", OfPods),
        ("affinity", OfPods),
        ("volumes", "a folder of the server's machine is opened by storageUri file:///path"),
        ("imagePullSecrets", OfPods),
        ("securityContext", OfPods),
        ("runtimeClassName", OfPods),
        ("hostIPC", OfPods),
        ("terminationGracePeriodSeconds", OfPods),
    ];

    private static readonly (string Field, string Cure)[] OfTransformer =
    [
        ("containerConcurrency", OfPods),
        ("custom", "give a class in Python (model) or an address (annotations[slipway.dev/url])"),
        ("serviceAccountName", OfPods),
        ("deploymentStrategy", OfPods),
        ("volumes", OfPods),
    ];

    public static (string Name, Schema Value)[] Model => Known(OfModel);

    public static (string Name, Schema Value)[] Predictor => Known(OfPredictor);

    public static (string Name, Schema Value)[] Transformer => Known(OfTransformer);

    public static void CheckModel(JsonNode? component, string path, List<Fault> faults) => Add(ServiceSpec.At(component, "model"), OfModel, $"{path}.model", faults);

    public static void CheckPredictor(JsonNode? predictor, string path, List<Fault> faults)
    {
        Add(predictor, OfPredictor, path, faults);
        foreach (var format in KServeShorthand.Formats.Where(f => ServiceSpec.At(predictor, f) is not null))
        {
            // One alone has become the model by now.
            faults.Add(new Fault($"{path}.{format}", $"a predictor has one model; write model: {{modelFormat: {{name: {format}}}, storageUri: ...}} and nothing beside it"));
        }
    }

    public static void CheckTransformer(JsonNode? transformer, List<Fault> faults) => Add(transformer, OfTransformer, "spec.transformer", faults);

    private static void Add(JsonNode? of, (string Field, string Cure)[] cures, string path, List<Fault> faults) =>
        faults.AddRange(cures.Where(c => ServiceSpec.At(of, c.Field) is not null).Select(c => new Fault($"{path}.{c.Field}", c.Cure)));

    private static (string Name, Schema Value)[] Known((string Field, string Cure)[] cures) =>
        [.. cures.Select(c => (c.Field, Schema.Any($"Not acted on, and refused: {c.Cure}")))];
}
