using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Reconciling;

/// <summary>The condition <c>TransformerReady</c>: where requests go first, or why they may not.</summary>
internal sealed class TransformerStatus(OutboundHttp http, TimeProvider time)
{
    private const string Condition = "TransformerReady";

    /// <summary>Of a transformer elsewhere; one that runs here has its condition written already (<see cref="CodeStatus"/>).</summary>
    public void Write(Resource resource, ServiceSpec spec)
    {
        var transformer = spec.Transformer;
        Drop(resource, "ExplainerReady", spec.ExplainerCode is null);
        Drop(resource, Condition, transformer is null && spec.TransformerCode is null);
        if (transformer is not null)
        {
            var refused = http.Rules.Refuse(transformer.Url);
            Conditions.Set(
                resource, Condition, refused is null ? "True" : "False", refused is null ? "Routed" : "AddressRefused",
                refused ?? $"Requests over HTTP go to {transformer.Url}", time.GetUtcNow());
        }
    }

    private static void Drop(Resource resource, string condition, bool drops)
    {
        if (drops && resource.Status["conditions"] is JsonArray list && list.FirstOrDefault(c => (string?)c?["type"] == condition) is { } stale)
        {
            list.Remove(stale);
        }
    }
}
