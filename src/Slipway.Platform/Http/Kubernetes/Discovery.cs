using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>What this server has: the lists by which kubectl and the SDKs find kinds, in the old form and in the aggregated one (apidiscovery v2).</summary>
internal sealed class Discovery
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>Reviews are questions, not kept objects: they have no kind in the catalog.</summary>
    private static readonly (string Group, string Kind, string Plural)[] Reviews =
    [
        ("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
        ("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        ("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
    ];

    private readonly KindCatalog _kinds;
    private readonly List<(string Group, List<string> Versions)> _groups;

    public Discovery(KindCatalog kinds)
    {
        _kinds = kinds;
        _groups = [.. kinds.All.Select(k => (k.Group, k.Version)).Concat(Reviews.Select(r => (r.Group, Version: "v1"))).Distinct()
            .GroupBy(g => g.Group, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Select(v => v.Version).Distinct().OrderDescending(StringComparer.Ordinal).ToList()))];
    }

    public IEnumerable<(string Group, string Version)> GroupVersions => _groups.SelectMany(g => g.Versions.Select(v => (g.Group, v)));

    public bool Has(string group, string version) => _groups.Any(g => g.Group == group && g.Versions.Contains(version));

    /// <summary><c>/api</c></summary>
    public Task CoreAsync(HttpContext http) => AnswerAsync(
        http,
        g => g.Length == 0,
        () => new JsonObject
        {
            ["kind"] = "APIVersions",
            ["versions"] = new JsonArray("v1"),
            ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = http.Request.Host.Value }),
        });

    /// <summary><c>/apis</c></summary>
    public Task GroupsAsync(HttpContext http) => AnswerAsync(
        http,
        g => g.Length > 0,
        () => new JsonObject
        {
            ["kind"] = "APIGroupList", ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([.. _groups.Where(g => g.Group.Length > 0).Select(g => (JsonNode)Group(g.Group, g.Versions, nested: true))]),
        });

    /// <summary><c>/apis/group</c>; null when there is no such group.</summary>
    public JsonObject? Group(string group) =>
        _groups.Find(g => g.Group == group && group.Length > 0) is { Versions: not null } found ? Group(found.Group, found.Versions, nested: false) : null;

    /// <summary><c>/apis/group/version</c> and <c>/api/v1</c></summary>
    public JsonObject Resources(string group, string version)
    {
        var resources = new JsonArray();
        foreach (var kind in _kinds.All.Where(k => k.Group == group && k.Version == version))
        {
            resources.Add(Resource(kind));
            if (kind.HasStatus)
            {
                resources.Add(new JsonObject
                {
                    ["name"] = $"{kind.Plural}/status", ["singularName"] = "", ["namespaced"] = kind.Namespaced, ["kind"] = kind.Kind, ["verbs"] = Array(StatusVerbs),
                });
            }
        }

        foreach (var review in Reviews.Where(r => r.Group == group && version == "v1"))
        {
            resources.Add(new JsonObject
            {
                ["name"] = review.Plural, ["singularName"] = review.Kind.ToLowerInvariant(), ["namespaced"] = false, ["kind"] = review.Kind, ["verbs"] = new JsonArray("create"),
            });
        }

        return new JsonObject
        {
            ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}", ["resources"] = resources,
        };
    }

    private static JsonObject Resource(ResourceKind kind)
    {
        var json = new JsonObject
        {
            ["name"] = kind.Plural, ["singularName"] = kind.Singular, ["namespaced"] = kind.Namespaced, ["kind"] = kind.Kind, ["verbs"] = Array(Verbs),
        };
        if (kind.ShortNames.Count > 0)
        {
            json["shortNames"] = Array(kind.ShortNames);
        }

        if (kind.Categories.Count > 0)
        {
            json["categories"] = Array(kind.Categories);
        }

        return json;
    }

    private static JsonArray Array(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v))]);

    private static JsonObject Group(string group, List<string> versions, bool nested)
    {
        JsonObject Version(string v) => new() { ["groupVersion"] = $"{group}/{v}", ["version"] = v };
        var json = new JsonObject
        {
            ["name"] = group, ["versions"] = new JsonArray([.. versions.Select(v => (JsonNode)Version(v))]), ["preferredVersion"] = Version(versions[0]),
        };
        if (!nested)
        {
            json.Insert(0, "kind", "APIGroup");
            json.Insert(1, "apiVersion", "v1");
        }

        return json;
    }

    private async Task AnswerAsync(HttpContext http, Func<string, bool> which, Func<JsonObject> plain)
    {
        switch (Negotiation.FormOf(http.Request, discovery: true))
        {
            case AnswerForm.GroupDiscovery:
                await ObjectAnswer.WriteAsync(http, Aggregated(which), contentType: AggregatedType);
                break;
            case AnswerForm.None:
                await StatusAnswer.WriteAsync(http, StatusAnswer.NotAcceptable(), StatusCodes.Status406NotAcceptable);
                break;
            default:
                await ObjectAnswer.WriteAsync(http, plain());
                break;
        }
    }

    private JsonObject Aggregated(Func<string, bool> which) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = "apidiscovery.k8s.io/v2",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. _groups.Where(g => which(g.Group)).Select(g => (JsonNode)new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = g.Group, ["creationTimestamp"] = null },
            ["versions"] = new JsonArray([.. g.Versions.Select(v => (JsonNode)new JsonObject
            {
                ["version"] = v, ["resources"] = AggregatedResources(g.Group, v), ["freshness"] = "Current",
            })]),
        })]),
    };

    private JsonArray AggregatedResources(string group, string version)
    {
        static JsonObject ResponseKind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };
        var resources = new JsonArray();
        foreach (var kind in _kinds.All.Where(k => k.Group == group && k.Version == version))
        {
            var json = new JsonObject
            {
                ["resource"] = kind.Plural,
                ["responseKind"] = ResponseKind(group, version, kind.Kind),
                ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
                ["singularResource"] = kind.Singular,
                ["verbs"] = Array(Verbs),
                ["shortNames"] = Array(kind.ShortNames),
                ["categories"] = Array(kind.Categories),
            };
            if (kind.HasStatus)
            {
                json["subresources"] = new JsonArray(new JsonObject
                {
                    ["subresource"] = "status", ["responseKind"] = ResponseKind(group, version, kind.Kind), ["verbs"] = Array(StatusVerbs),
                });
            }

            resources.Add(json);
        }

        foreach (var review in Reviews.Where(r => r.Group == group && version == "v1"))
        {
            resources.Add(new JsonObject
            {
                ["resource"] = review.Plural, ["responseKind"] = ResponseKind(group, version, review.Kind), ["scope"] = "Cluster",
                ["singularResource"] = review.Kind.ToLowerInvariant(), ["verbs"] = new JsonArray("create"),
            });
        }

        return resources;
    }
}
