using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>
/// KServe's <c>spec.transformer</c>: a service that requests go to, and that asks the predictor itself. Where it runs stands in its annotation
/// <c>slipway.dev/url</c>; containers may stand beside it, for the same manifest on Kubernetes. One that this server runs is a <see cref="CodeSpec"/>.
/// </summary>
/// <param name="Timeout">What it has for a request, the predictor's part included.</param>
internal sealed record TransformerSpec(Uri Url, TimeSpan Timeout, PropagatedHeaders Propagated)
{
    public const string UrlAnnotation = "slipway.dev/url";

    /// <summary>Null when the service has no transformer or a faulty one; the faults are added.</summary>
    public static TransformerSpec? Read(JsonNode? transformer, List<Fault> faults)
    {
        if (transformer is null)
        {
            return null;
        }

        var annotations = ServiceSpec.At(transformer, "annotations");
        var given = ServiceSpec.At(annotations, UrlAnnotation);
        if (CodeSpec.IsGiven(transformer))
        {
            if (given is not null)
            {
                faults.Add(new Fault($"spec.transformer.annotations[{UrlAnnotation}]", "cannot be used together with spec.transformer.model; use one of them"));
            }

            return null;
        }

        if (given is null)
        {
            faults.Add(new Fault(
                "spec.transformer",
                "containers are not run by this server; give a folder with a model.py (spec.transformer.model, format python), or run the transformer "
                + $"yourself and give its address in spec.transformer.annotations[{UrlAnnotation}]"));
            return null;
        }

        var url = OutboundAddress.Read(given, $"spec.transformer.annotations[{UrlAnnotation}]", faults);
        var timeout = CodeSpec.ReadTimeout(transformer, "spec.transformer", faults);
        return url is null ? null : new TransformerSpec(url, timeout, PropagatedHeaders.Read(annotations));
    }
}
