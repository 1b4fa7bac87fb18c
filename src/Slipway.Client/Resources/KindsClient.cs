using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Resources;

/// <summary>Asks the server's discovery which kinds there are; the answer is kept for the life of the client.</summary>
public sealed class KindsClient
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private readonly HttpTransport _transport;
    private IReadOnlyList<ResourceType>? _types;

    internal KindsClient(HttpTransport transport) => _transport = transport;

    public async Task<Result<IReadOnlyList<ResourceType>>> ListAsync(CancellationToken cancellation)
    {
        if (_types is { } known)
        {
            return Result.From(known);
        }

        var types = new List<ResourceType>();
        foreach (var root in (string[])["api", "apis"])
        {
            var answer = await _transport.GetObjectAsync(root, cancellation, Aggregated);
            if (!answer.TryGet(out var body, out var problem))
            {
                return problem;
            }

            types.AddRange(Read(body));
        }

        _types = types;
        return types;
    }

    /// <summary>Finds a kind by plural, singular, short name or Kind, each also with its group: <c>monitors</c>, <c>isvc</c>, <c>jobs.batch</c>.</summary>
    public async Task<Result<ResourceType>> FindAsync(string name, CancellationToken cancellation)
    {
        var all = await ListAsync(cancellation);
        if (!all.TryGet(out var types, out var problem))
        {
            return problem;
        }

        var found = types.FirstOrDefault(t => IsNamed(t, name))
            ?? (name.IndexOf('.') is var dot and > 0 ? types.FirstOrDefault(t => IsNamed(t, name[..dot]) && GroupMatches(t, name[(dot + 1)..])) : null);
        return found is not null
            ? found
            : new Problem(ProblemCode.NotFound, $"the server has no kind \"{name}\". It has: {string.Join(", ", types.Select(t => t.Plural).Distinct().Order(StringComparer.Ordinal))}");
    }

    /// <summary>Finds the kind of a manifest by its apiVersion and kind.</summary>
    public async Task<Result<ResourceType>> FindAsync(string apiVersion, string kind, CancellationToken cancellation)
    {
        var all = await ListAsync(cancellation);
        if (!all.TryGet(out var types, out var problem))
        {
            return problem;
        }

        if (types.FirstOrDefault(t => t.ApiVersion == apiVersion && t.Kind == kind) is { } exact)
        {
            return exact;
        }

        var near = types.Where(t => string.Equals(t.Kind, kind, StringComparison.OrdinalIgnoreCase)).Select(t => $"{t.ApiVersion} {t.Kind}").ToArray();
        var hint = near.Length > 0 ? $"Did you mean {string.Join(" or ", near)}?"
            : $"Kinds of this server: {string.Join(", ", types.Select(t => t.Kind).Distinct().Order(StringComparer.Ordinal))}";
        return new Problem(ProblemCode.NotFound, $"the server has no kind {kind} in {apiVersion}. {hint}");
    }

    private static bool IsNamed(ResourceType type, string name) =>
        new[] { type.Plural, type.Singular, type.Kind }.Concat(type.ShortNames).Any(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase));

    // kubectl takes plural.group and plural.version.group.
    private static bool GroupMatches(ResourceType type, string suffix) => suffix == type.Group || suffix == $"{type.Version}.{type.Group}";

    private static IEnumerable<ResourceType> Read(JsonObject list) =>
        from @group in Objects(list["items"])
        from version in Objects(@group["versions"])
        from resource in Objects(version["resources"])
        select new ResourceType
        {
            Group = (@group["metadata"] as JsonObject)?["name"]?.GetValue<string>() ?? "",
            Version = version["version"]?.GetValue<string>() ?? "",
            Kind = (resource["responseKind"] as JsonObject)?["kind"]?.GetValue<string>() ?? "",
            Plural = resource["resource"]?.GetValue<string>() ?? "",
            Singular = resource["singularResource"]?.GetValue<string>() ?? "",
            ShortNames = [.. (resource["shortNames"] as JsonArray ?? []).Select(n => n!.GetValue<string>())],
            Namespaced = resource["scope"]?.GetValue<string>() == "Namespaced",
        };

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => (node as JsonArray ?? []).OfType<JsonObject>();
}
