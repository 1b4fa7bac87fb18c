using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <param name="Name">KServe's name of a predictor; promoting a canary moves its name here.</param>
internal sealed record PredictorSpec(string? Name, StorageUri Source, string SourceText)
{
    public ModelSpec Model { get; init; } = ModelSpec.Onnx;

    public ScaleSpec Scale { get; init; } = ScaleSpec.One;

    public RunPolicy Policy { get; init; } = RunPolicy.Default;
}

internal sealed record CanarySpec(string Name, int Percent, StorageUri Source, string SourceText)
{
    public ModelSpec Model { get; init; } = ModelSpec.Onnx;

    public RunPolicy Policy { get; init; } = RunPolicy.Default;
}

/// <summary>What an InferenceService asks for, read from its JSON once and checked with all faults at once.</summary>
/// <param name="RolloutPercent">KServe's canaryTrafficPercent: the newest revision's share while the last fully rolled-out one keeps the rest.</param>
/// <param name="Mirror">Every answered request also runs on the other revisions.</param>
/// <param name="MirrorVersions">Registered versions of the predictor's model that every request also runs on.</param>
/// <param name="Routing">Which caller gets which revision, beyond the shares.</param>
/// <param name="LogPercent">Share of the predictions that the log keeps, by their ids.</param>
internal sealed record ServiceSpec(
    PredictorSpec Predictor, int? RolloutPercent, IReadOnlyList<CanarySpec> Canaries, bool Mirror, IReadOnlyList<int> MirrorVersions, int LogPercent,
    RoutingSpec Routing)
{
    /// <summary>How <c>:explain</c> answers when a request says nothing else.</summary>
    public ExplainSettings Explainer { get; init; } = new();

    public const string MirrorAnnotation = "slipway.dev/mirror";
    public const string MirrorVersionsAnnotation = "slipway.dev/mirror-versions";

    /// <summary><c>all</c> (the default), <c>off</c>, or a percentage such as <c>10</c>: predictions that the log keeps.</summary>
    public const string LogAnnotation = "slipway.dev/prediction-log";

    /// <summary>KServe's: "true" unloads the service's models and keeps the resource.</summary>
    public const string StopAnnotation = "serving.kserve.io/stop";

    /// <summary>More would only be a mistake: every one of them is loaded and runs every request.</summary>
    private const int MostMirrorVersions = 16;

    /// <summary>Null: payloads are neither kept nor sent.</summary>
    public LoggerSpec? Logger { get; init; }

    /// <summary>Null: requests go to the predictor.</summary>
    public TransformerSpec? Transformer { get; init; }

    /// <summary>A transformer that this server runs; null without one.</summary>
    public CodeSpec? TransformerCode { get; init; }

    /// <summary>An explainer of the user's own; null for the built-in ones.</summary>
    public CodeSpec? ExplainerCode { get; init; }

    /// <summary>Names of the registered models whose alias moves concern this service.</summary>
    public IEnumerable<string> FollowedModels =>
        Canaries.Select(c => c.Source).Prepend(Predictor.Source).Append(TransformerCode?.Source).Append(ExplainerCode?.Source).OfType<StorageUri.Aliased>().Select(a => a.Model).Distinct(StringComparer.Ordinal);

    public static Result<ServiceSpec> Read(JsonObject resource)
    {
        var faults = new List<Fault>();
        var predictor = At(resource, "spec", "predictor");
        var (source, text) = Source(predictor, "spec.predictor", faults);
        var annotations = At(resource, "metadata", "annotations");
        var policy = RunPolicy.Read(predictor, annotations, "spec.predictor", faults);
        var canaries = ReadCanaries(At(resource, "spec", "canary") as JsonArray ?? [], annotations, faults);
        var mirror = Flag(annotations, faults);
        var versions = Versions(annotations, source, faults);
        var logged = LogShare(annotations, faults);
        var model = ModelSpec.Read(predictor, annotations, "spec.predictor", faults);
        RemoteTarget.Check(source, model.Format, "spec.predictor", faults);
        var scale = ScaleSpec.Read(predictor, annotations, "spec.predictor", faults);
        var logger = LoggerSpec.Read(resource, faults);
        var routing = RoutingSpec.Read(annotations, [.. canaries.Select(c => c.Name)], faults);
        var (before, why) = (At(resource, "spec", "transformer"), At(resource, "spec", "explainer"));
        var transformer = TransformerSpec.Read(before, faults);
        var transformerCode = CodeSpec.Read(before, CodeSpec.Transformer, faults);
        var rollout = Number(At(predictor, "canaryTrafficPercent"));
        if (rollout is not null && canaries.Count > 0)
        {
            faults.Add(new Fault("spec.predictor.canaryTrafficPercent", "cannot be used together with spec.canary; use one of them"));
        }

        var explainer = ExplainerSpec.Read(why, faults);
        var explainerCode = CodeSpec.Read(why, CodeSpec.Explainer, faults);
        return faults.Count > 0
            ? Problem.Invalid(faults)
            : new ServiceSpec(
                new PredictorSpec(Text(At(predictor, "name")), source!, text) { Model = model, Scale = scale, Policy = policy },
                rollout, canaries, mirror, versions, logged, routing)
            {
                Logger = logger, Transformer = transformer, TransformerCode = transformerCode, Explainer = explainer, ExplainerCode = explainerCode,
            };
    }

    public static bool IsStopped(JsonObject resource) => Text(At(resource, "metadata", "annotations", StopAnnotation)) == "true";

    private static List<CanarySpec> ReadCanaries(JsonArray entries, JsonNode? annotations, List<Fault> faults)
    {
        var canaries = new List<CanarySpec>();
        for (var i = 0; i < entries.Count; i++)
        {
            var path = $"spec.canary[{i}]";
            var predictor = At(entries[i], "predictor");
            var (source, text) = Source(predictor, $"{path}.predictor", faults);
            var name = Text(At(predictor, "name"));
            if (string.IsNullOrEmpty(name))
            {
                faults.Add(new Fault($"{path}.predictor.name", "is required; it names the canary in the status"));
            }
            else if (canaries.Any(c => c.Name == name))
            {
                faults.Add(new Fault($"{path}.predictor.name", $"'{name}' is used twice"));
            }

            if (source is not null)
            {
                RemoteTarget.Check(source, At(predictor, "model", "modelFormat", "name")?.ToString(), $"{path}.predictor", faults);
                canaries.Add(new CanarySpec(name ?? "", Number(At(entries[i], "trafficPercent")) ?? 0, source, text)
                {
                    Model = ModelSpec.Read(predictor, annotations, $"{path}.predictor", faults),
                    Policy = RunPolicy.ReadCanary(predictor, annotations, $"{path}.predictor", faults),
                });
            }
        }

        if (canaries.Sum(c => (long)c.Percent) > 100)
        {
            faults.Add(new Fault("spec.canary", $"the trafficPercent of all canaries is {canaries.Sum(c => (long)c.Percent)}, it may be 100 at most"));
        }

        return canaries;
    }

    /// <summary>Where a component's model is, with its fault added when it says nothing or nonsense.</summary>
    internal static (StorageUri? Source, string Text) Source(JsonNode? predictor, string path, List<Fault> faults)
    {
        var text = Text(At(predictor, "model", "storageUri"));
        if (string.IsNullOrEmpty(text))
        {
            faults.Add(new Fault($"{path}.model.storageUri", "is required; use models:/NAME@ALIAS, models:/NAME/VERSION, file:///path, s3://bucket/key or https://host/path"));
            return (null, "");
        }

        if (StorageUri.Parse(text).TryGet(out var source, out var problem))
        {
            return (source, text);
        }

        faults.Add(new Fault($"{path}.model.storageUri", problem.Message));
        return (null, text);
    }

    private static bool Flag(JsonNode? annotations, List<Fault> faults)
    {
        var text = Text(At(annotations, MirrorAnnotation));
        if (text is not (null or "true" or "false"))
        {
            faults.Add(new Fault($"metadata.annotations[{MirrorAnnotation}]", $"'{text}' is neither \"true\" nor \"false\""));
        }

        return text == "true";
    }

    private static int LogShare(JsonNode? annotations, List<Fault> faults)
    {
        var text = Text(At(annotations, LogAnnotation));
        switch (text)
        {
            case null or "all":
                return 100;
            case "off":
                return 0;
        }

        if (int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100)
        {
            return percent;
        }

        faults.Add(new Fault($"metadata.annotations[{LogAnnotation}]", $"'{text}' is neither \"all\", \"off\" nor a percentage from 0 to 100"));
        return 100;
    }

    private static List<int> Versions(JsonNode? annotations, StorageUri? source, List<Fault> faults)
    {
        var text = Text(At(annotations, MirrorVersionsAnnotation));
        var versions = new List<int>();
        if (string.IsNullOrWhiteSpace(text))
        {
            return versions;
        }

        var path = $"metadata.annotations[{MirrorVersionsAnnotation}]";
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
            {
                faults.Add(new Fault(path, $"'{part}' is not a version number; write numbers from 1, separated by commas"));
            }
            else if (!versions.Contains(version))
            {
                versions.Add(version);
            }
        }

        if (versions.Count > MostMirrorVersions)
        {
            faults.Add(new Fault(path, $"names {versions.Count} versions, {MostMirrorVersions} at most"));
        }

        if (source is not null && source.RegisteredModel is null)
        {
            faults.Add(new Fault(path, "needs a registered model (models:/NAME...) in spec.predictor.model.storageUri"));
        }

        return versions;
    }

    /// <summary>The member at the path, or null when anything on the way is missing or not an object.</summary>
    internal static JsonNode? At(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            node = (node as JsonObject)?[part];
        }

        return node;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static int? Number(JsonNode? node) =>
        node is JsonValue && int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
