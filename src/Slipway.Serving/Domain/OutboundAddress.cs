using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>Addresses in manifests that the server will call.</summary>
internal static class OutboundAddress
{
    /// <summary>An absolute http or https address without a password in it; null when absent or refused, which adds a fault.</summary>
    public static Uri? Read(JsonNode? node, string path, List<Fault> faults)
    {
        if (node is null)
        {
            return null;
        }

        var text = node is JsonValue value && value.TryGetValue<string>(out var found) ? found : node.ToJsonString();
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            faults.Add(new Fault(path, $"'{text}' is not an address; write http://HOST[:PORT]/PATH or https://..."));
            return null;
        }

        if (uri.UserInfo.Length > 0)
        {
            faults.Add(new Fault(path, "has a user or password in it, which everybody who may read the resource would see; remove them"));
            return null;
        }

        return uri;
    }
}
