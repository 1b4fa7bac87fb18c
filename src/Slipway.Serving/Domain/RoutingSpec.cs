using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>Where in a request a routing value is looked for.</summary>
internal enum RouteSource
{
    /// <summary>The prediction id, sent or made.</summary>
    Id,
    Header,
    Cookie,

    /// <summary>A parameter of the request: of V2 and gRPC in <c>parameters</c>, of V1 too, of MLflow in <c>params</c>.</summary>
    Parameter,
}

/// <param name="Name">Of the header, cookie or parameter; empty for the id.</param>
internal sealed record RouteKey(RouteSource Source, string Name)
{
    public const string Forms = "header:NAME, cookie:NAME, parameter:NAME or id";

    public static RouteKey Id { get; } = new(RouteSource.Id, "");

    /// <summary>Null when the text is none of <see cref="Forms"/>.</summary>
    public static RouteKey? Parse(string text)
    {
        if (text == "id")
        {
            return Id;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : text[(colon + 1)..].Trim();
        RouteSource? source = (colon < 0 ? "" : text[..colon].Trim()) switch
        {
            "header" => RouteSource.Header,
            "cookie" => RouteSource.Cookie,
            "parameter" => RouteSource.Parameter,
            _ => null,
        };
        return source is { } known && name.Length > 0 && name.All(IsNameCharacter) ? new RouteKey(known, name) : null;
    }

    /// <summary>The characters of a header's, cookie's or parameter's name (RFC 9110, token).</summary>
    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}

/// <summary>Requests with exactly this value go to the target, whatever the shares are.</summary>
/// <param name="Target">A canary's name, <see cref="RoutingSpec.Stable"/> or <see cref="RoutingSpec.Latest"/>.</param>
internal sealed record RouteMatch(string Target, RouteKey Key, string Value);

/// <summary>Which caller gets which revision, beyond the shares: read from annotations and checked with all faults at once.</summary>
/// <param name="Key">The value whose hash decides on the share that a caller belongs to.</param>
/// <param name="Tags">Whether the newest and the last fully rolled-out revision have names of their own, <c>latest-NAME</c> and <c>prev-NAME</c>.</param>
internal sealed record RoutingSpec(RouteKey Key, IReadOnlyList<RouteMatch> Matches, bool Tags)
{
    /// <summary><c>header:x-user</c>, <c>cookie:uid</c>, <c>parameter:user</c> or <c>id</c>, the default.</summary>
    public const string KeyAnnotation = "slipway.dev/route-key";

    /// <summary><c>CANARY: header:x-group=beta; stable: cookie:group=old</c>; the first that fits decides.</summary>
    public const string MatchAnnotation = "slipway.dev/route-match";

    /// <summary>KServe's.</summary>
    public const string TagAnnotation = "serving.kserve.io/enable-tag-routing";

    /// <summary>Names the stable revision in a match.</summary>
    public const string Stable = "stable";

    /// <summary>Names the newest revision of canaryTrafficPercent or of a Rollout in a match.</summary>
    public const string Latest = "latest";

    /// <summary>More rules than this belong into the callers.</summary>
    private const int MostMatches = 32;

    public static RoutingSpec Plain { get; } = new(RouteKey.Id, [], false);

    /// <param name="canaries">Names of <c>spec.canary</c>.</param>
    public static RoutingSpec Read(JsonNode? annotations, IReadOnlyCollection<string> canaries, List<Fault> faults)
    {
        var key = RouteKey.Id;
        if (Text(annotations, KeyAnnotation) is { } keyText)
        {
            key = RouteKey.Parse(keyText.Trim()) ?? Faulty(KeyAnnotation, $"'{keyText}' is not {RouteKey.Forms}", faults);
        }

        var tags = Text(annotations, TagAnnotation);
        if (tags is not (null or "true" or "false"))
        {
            Faulty(TagAnnotation, $"'{tags}' is neither \"true\" nor \"false\"", faults);
        }

        var matches = ReadMatches(Text(annotations, MatchAnnotation), canaries, faults);
        return key == RouteKey.Id && matches.Count == 0 && tags != "true" ? Plain : new RoutingSpec(key, matches, tags == "true");
    }

    private static List<RouteMatch> ReadMatches(string? text, IReadOnlyCollection<string> canaries, List<Fault> faults)
    {
        var matches = new List<RouteMatch>();
        foreach (var rule in (text ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = rule.IndexOf(':', StringComparison.Ordinal);
            var equal = rule.IndexOf('=', StringComparison.Ordinal);
            if (colon <= 0 || equal <= colon + 1)
            {
                Faulty(MatchAnnotation, $"'{rule}' is not a rule; write TARGET: header:NAME=VALUE, TARGET: cookie:NAME=VALUE or TARGET: parameter:NAME=VALUE, rules separated by ';'", faults);
                continue;
            }

            var (target, value) = (rule[..colon].Trim(), rule[(equal + 1)..].Trim());
            var key = RouteKey.Parse(rule[(colon + 1)..equal].Trim());
            if (key is null || key.Source == RouteSource.Id)
            {
                Faulty(MatchAnnotation, $"'{rule}': '{rule[(colon + 1)..equal].Trim()}' is none of header:NAME, cookie:NAME and parameter:NAME", faults);
            }

            if (target is not (Stable or Latest) && !canaries.Contains(target))
            {
                var known = canaries.Append(Stable).Append(Latest);
                Faulty(MatchAnnotation, $"'{rule}': there is no canary '{target}' in spec.canary; use one of {string.Join(", ", known)}", faults);
            }

            if (value.Length == 0)
            {
                Faulty(MatchAnnotation, $"'{rule}': the value after '=' is missing", faults);
            }

            if (key is not null && matches.Any(m => m.Key == key && m.Value == value))
            {
                Faulty(MatchAnnotation, $"'{rule}': an earlier rule has the same header, cookie or parameter and value, so this one would never apply", faults);
            }

            matches.Add(new RouteMatch(target, key ?? RouteKey.Id, value));
        }

        if (matches.Count > MostMatches)
        {
            Faulty(MatchAnnotation, $"has {matches.Count} rules, {MostMatches} at most", faults);
        }

        return matches;
    }

    private static RouteKey Faulty(string annotation, string message, List<Fault> faults)
    {
        faults.Add(new Fault($"metadata.annotations[{annotation}]", message));
        return RouteKey.Id;
    }

    private static string? Text(JsonNode? annotations, string name) =>
        ServiceSpec.At(annotations, name) is JsonValue value && value.TryGetValue<string>(out var text) && text.Trim().Length > 0 ? text : null;
}
