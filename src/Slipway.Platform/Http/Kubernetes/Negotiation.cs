using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Kubernetes;

internal enum AnswerForm
{
    Json,
    Table,
    PartialMetadata,
    GroupDiscovery,
    None,
}

/// <summary>Which of the forms that a client accepts it gets: the first in its order that this server has.</summary>
internal static class Negotiation
{
    public static AnswerForm FormOf(HttpRequest request, bool discovery = false)
    {
        var accept = string.Join(',', request.Headers.Accept.AsEnumerable());
        if (string.IsNullOrWhiteSpace(accept))
        {
            return AnswerForm.Json;
        }

        foreach (var range in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].ToLowerInvariant() is not ("application/json" or "application/*" or "*/*"))
            {
                continue;
            }

            if (FormOf(parts.AsSpan(1), discovery) is { } form)
            {
                return form;
            }
        }

        return AnswerForm.None;
    }

    /// <summary>Null when the parameters ask for something that this server does not have.</summary>
    private static AnswerForm? FormOf(ReadOnlySpan<string> parameters, bool discovery)
    {
        var (kind, group, version) = ("", "", "");
        foreach (var parameter in parameters)
        {
            var equal = parameter.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equal < 0 ? (parameter, "") : (parameter[..equal], parameter[(equal + 1)..]);
            (kind, group, version) = name switch
            {
                "as" => (value, group, version),
                "g" => (kind, value, version),
                "v" => (kind, group, value),
                _ => (kind, group, version),
            };
        }

        return (kind, group, version) switch
        {
            ("", _, _) => AnswerForm.Json,
            ("Table", "meta.k8s.io", "v1") when !discovery => AnswerForm.Table,
            ("PartialObjectMetadata" or "PartialObjectMetadataList", "meta.k8s.io", "v1") when !discovery => AnswerForm.PartialMetadata,
            ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") when discovery => AnswerForm.GroupDiscovery,
            _ => null,
        };
    }
}
