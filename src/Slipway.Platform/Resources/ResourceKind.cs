using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Resources;

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="JsonPath">Kubernetes JSONPath subset: <c>.status.url</c>, <c>.status.conditions[?(@.type=='Ready')].status</c>.</param>
/// <param name="Type">string, integer, number, boolean or date (shown as an age).</param>
/// <param name="Wide">Only shown by <c>-o wide</c>.</param>
public sealed record PrinterColumn(string Name, string JsonPath, string Type = "string", string Description = "", bool Wide = false);

/// <summary>A kind of resource: how it is named, what it may hold, how it is shown.</summary>
public sealed record ResourceKind
{
    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    /// <summary>Lower-case plural, as in URLs.</summary>
    public required string Plural { get; init; }

    public string Singular => Kind.ToLowerInvariant();

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    /// <summary>Status is its own subresource: a plain write leaves it alone. Kinds without it (ConfigMap, Secret) have no status.</summary>
    public bool HasStatus { get; init; } = true;

    /// <summary>One sentence, shown by <c>kubectl explain</c>.</summary>
    public required string Description { get; init; }

    /// <summary>
    /// OpenAPI v3 structural schema of the whole object, an object schema whose properties are the top-level members besides apiVersion, kind and
    /// metadata, usually <c>spec</c> and <c>status</c>. Built with <see cref="Schemas.Schema"/>. Unknown fields are refused by name unless the schema preserves them.
    /// </summary>
    public required JsonObject Schema { get; init; }

    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    /// <summary>Brings the object into its stored form before it is checked, for instance a Secret's stringData into data. Must not fail on wrong shapes.</summary>
    public Action<JsonObject>? Normalise { get; init; }

    /// <summary>Rules that a schema cannot say; sees the whole object after defaulting. All faults at once.</summary>
    public Func<JsonObject, IReadOnlyList<Fault>>? Validate { get; init; }

    /// <summary><c>slipway.dev/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The subject of this kind's events: <c>slipway.dev/v1/monitors</c>.</summary>
    public string SubjectPrefix => $"{ApiVersion}/{Plural}";
}
