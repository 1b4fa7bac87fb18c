using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;

namespace Slipway.Architecture.Tests;

/// <param name="Permission">Empty for what anybody may read; null when nobody said.</param>
internal sealed record Route(string Method, string Path, string? Permission)
{
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>R7: the routes as the server maps them, and what is asked of each.</summary>
internal static class Routes
{
    public static IReadOnlyList<Route> Of(IEnumerable<EndpointDataSource> sources) =>
    [
        .. sources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"])
                .Select(method => new Route(method, "/" + e.RoutePattern.RawText?.Trim('/'), e.Metadata.GetMetadata<PermissionMetadata>()?.Permission)))
            .Distinct().OrderBy(r => r.Path, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal),
    ];

    /// <summary>The page docs/routes.md.</summary>
    public static string ToMarkdown(IEnumerable<Route> routes)
    {
        var text = new StringBuilder(
            """
            # Routes

            Generated from the running server by `SLIPWAY_WRITE=1 ./test --filter Architecture`; a test compares. The Kubernetes-shaped API has one
            catch-all per verb, because its kinds come from a catalog.

            | method | path | permission |
            | --- | --- | --- |

            """);
        foreach (var route in routes)
        {
            text.Append($"| {route.Method} | `{route.Path}` | {(route.Permission is { Length: > 0 } permission ? permission : "(anybody)")} |\n");
        }

        return text.ToString();
    }

    /// <summary>Routes whose last fixed part, with what follows it, stands in none of the tests' sources.</summary>
    public static IEnumerable<Route> Uncalled(IEnumerable<Route> routes, IReadOnlyCollection<string> sources) =>
        routes.Where(route => !sources.Any(Pattern(route.Path).IsMatch));

    private static Regex Pattern(string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var last = Array.FindLastIndex(segments, s => !s.StartsWith('{'));
        if (last < 0)
        {
            // Nothing fixed: the root, or a catch-all for what no other route takes.
            return new Regex("\"/[^\"]*\"");
        }

        var tail = segments[(last + 1)..].Select(s => s.StartsWith("{*", StringComparison.Ordinal) ? "[^\"]*" : "[^/\"?\\s]+");
        // Tests often keep what stands before in a constant, so the fixed part may begin the text.
        return new Regex($"[/\"]{Regex.Escape(segments[last])}{string.Concat(tail.Select(t => "/" + t))}(?=[\"?\\s/'`)]|$)", RegexOptions.Multiline);
    }
}
