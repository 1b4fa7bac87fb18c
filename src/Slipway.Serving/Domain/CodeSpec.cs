using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>
/// A part of the user's own around a model: a folder with a <c>model.py</c>, run in worker processes as a Python predictor is. Written like a predictor:
/// <c>transformer: {model: {modelFormat: {name: python}, storageUri: ...}}</c>, and so for <c>explainer</c>.
/// </summary>
/// <param name="Role">What it is: <see cref="Transformer"/> or <see cref="Explainer"/>.</param>
/// <param name="Timeout">What it has for a request; of a transformer the predictor's part is included.</param>
internal sealed record CodeSpec(
    string Role, StorageUri Source, string SourceText, WorkerSpec Worker, ScaleSpec Scale, TimeSpan Timeout, PropagatedHeaders Propagated)
{
    public const string Transformer = "transformer";
    public const string Explainer = "explainer";

    private const int DefaultSeconds = 60;

    /// <summary>Of a model: they have no meaning for what is not asked for predictions.</summary>
    private static readonly string[] OfModels = [WorkerSpec.MethodAnnotation, WorkerSpec.SecondsAnnotation];

    /// <summary>Whether the component is written as code, rightly or not.</summary>
    public static bool IsGiven(JsonNode? component) => ServiceSpec.At(component, "model") is not null;

    /// <summary>Null when there is none or a faulty one; the faults are added.</summary>
    public static CodeSpec? Read(JsonNode? component, string role, List<Fault> faults)
    {
        if (!IsGiven(component))
        {
            return null;
        }

        var path = $"spec.{role}";
        var annotations = ServiceSpec.At(component, "annotations");
        var found = new List<Fault>();
        var (source, text) = ServiceSpec.Source(component, path, found);
        var model = ModelSpec.Read(component, annotations, path, found);
        if (model.Format != ModelFormats.Python && ModelFormats.All.Contains(model.Format))
        {
            found.Add(new Fault($"{path}.model.modelFormat.name", $"'{model.Format}' is no {role}; use {ModelFormats.Python}: a folder with a model.py"));
        }

        foreach (var name in OfModels.Where(a => ServiceSpec.At(annotations, a) is not null))
        {
            found.Add(new Fault($"metadata.annotations[{name}]", $"is for models; a {role} has {path}.timeout"));
        }

        var scale = ScaleSpec.Read(component, annotations, path, found);
        var timeout = ReadTimeout(component, path, found);

        // A component has annotations of its own.
        faults.AddRange(found.Select(f => f.Path.StartsWith("metadata.", StringComparison.Ordinal) ? f with { Path = path + f.Path["metadata".Length..] } : f));
        return found.Count > 0 || source is null ? null : new CodeSpec(role, source, text, model.Worker, scale, timeout, PropagatedHeaders.Read(annotations));
    }

    /// <summary>KServe's field <c>timeout</c> of a component, in whole seconds; 60 when absent.</summary>
    public static TimeSpan ReadTimeout(JsonNode? component, string path, List<Fault> faults)
    {
        var seconds = DefaultSeconds;
        if (ServiceSpec.At(component, "timeout") is { } limit
            && !(int.TryParse(limit.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and <= 86_400))
        {
            faults.Add(new Fault($"{path}.timeout", "must be a whole number of seconds from 1 to 86400"));
        }

        return TimeSpan.FromSeconds(seconds);
    }
}
