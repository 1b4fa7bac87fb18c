using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Revisions;

/// <summary>A service's rules on callers, with their targets found: made once per route.</summary>
internal sealed class CallerRouting(RouteKey key, IReadOnlyList<(RouteMatch Match, LoadedRevision Target)> matches)
{
    /// <summary>Kept for 30 days by who gets one, in seconds.</summary>
    private const string CookieAge = "2592000";

    /// <summary>Parameters of requests that the rules look at, so that readers keep them.</summary>
    public IReadOnlyList<string> Parameters { get; } =
        [.. matches.Select(m => m.Match.Key).Append(key).Where(k => k.Source == RouteSource.Parameter).Select(k => k.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>The revision that a rule gives this caller, or null.</summary>
    /// <param name="given">What the request has of <see cref="Parameters"/>; null for nothing.</param>
    public LoadedRevision? Matched(IHeaderDictionary headers, IReadOnlyList<RoutingValue>? given)
    {
        foreach (var (match, target) in matches)
        {
            if (ValueOf(match.Key, headers, given) == match.Value)
            {
                return target;
            }
        }

        return null;
    }

    /// <summary>What the share is chosen by; null when the caller has none, so that the prediction id decides.</summary>
    public string? KeyOf(IHeaderDictionary headers, IReadOnlyList<RoutingValue>? given) => ValueOf(key, headers, given);

    /// <summary>The cookie that keeps a caller, chosen by its prediction id just now, where it is; null when it has one or none is used.</summary>
    public string? CookieFor(IHeaderDictionary headers, string predictionId) => key.Source == RouteSource.Cookie && ValueOf(key, headers, null) is null
        ? $"{key.Name}={Uri.EscapeDataString(predictionId)}; Path=/; Max-Age={CookieAge}; HttpOnly; SameSite=Lax"
        : null;

    private static string? ValueOf(RouteKey key, IHeaderDictionary headers, IReadOnlyList<RoutingValue>? given)
    {
        switch (key.Source)
        {
            case RouteSource.Header:
                return headers.TryGetValue(key.Name, out var values) && values.Count > 0 && values[0] is { Length: > 0 } value ? value : null;
            case RouteSource.Cookie:
                if (headers.Cookie.Count > 0 && CookieHeaderValue.TryParseList(headers.Cookie, out var cookies))
                {
                    foreach (var cookie in cookies)
                    {
                        if (cookie.Name.Equals(key.Name, StringComparison.Ordinal) && cookie.Value.Length > 0)
                        {
                            return Uri.UnescapeDataString(cookie.Value.ToString());
                        }
                    }
                }

                return null;
            case RouteSource.Parameter:
                foreach (var (name, said) in given ?? [])
                {
                    if (name == key.Name)
                    {
                        return said;
                    }
                }

                return null;
            default:
                return null;
        }
    }
}
