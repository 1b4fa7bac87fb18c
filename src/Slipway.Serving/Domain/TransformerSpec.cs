using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>
/// KServe's <c>spec.transformer</c>: a service that requests go to, and that asks the predictor itself. Where it runs stands in its annotation
/// <c>slipway.dev/url</c>; containers may stand beside it, for the same manifest on Kubernetes.
/// </summary>
/// <param name="Timeout">What it has for a request, the predictor's part included.</param>
internal sealed record TransformerSpec(Uri Url, TimeSpan Timeout, PropagatedHeaders Propagated)
{
    public const string UrlAnnotation = "slipway.dev/url";

    private const int DefaultSeconds = 60;

    /// <summary>Null when the service has no transformer or a faulty one; the faults are added.</summary>
    public static TransformerSpec? Read(JsonNode? transformer, List<Fault> faults)
    {
        if (transformer is null)
        {
            return null;
        }

        var annotations = ServiceSpec.At(transformer, "annotations");
        if (ServiceSpec.At(annotations, UrlAnnotation) is not { } given)
        {
            faults.Add(new Fault(
                "spec.transformer", $"containers are not run by this server; run the transformer yourself and give its address in spec.transformer.annotations[{UrlAnnotation}]"));
            return null;
        }

        var url = OutboundAddress.Read(given, $"spec.transformer.annotations[{UrlAnnotation}]", faults);
        var seconds = DefaultSeconds;
        if (ServiceSpec.At(transformer, "timeout") is { } limit
            && !(int.TryParse(limit.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and <= 86_400))
        {
            faults.Add(new Fault("spec.transformer.timeout", "must be a whole number of seconds from 1 to 86400"));
        }

        return url is null ? null : new TransformerSpec(url, TimeSpan.FromSeconds(seconds), PropagatedHeaders.Read(annotations));
    }
}
