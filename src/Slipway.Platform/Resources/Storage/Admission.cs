using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Rules;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Storage;

/// <summary>Everything an object has to pass before it is stored, whichever way it came.</summary>
internal static class Admission
{
    /// <summary>
    /// Prunes or refuses unknown fields, fills defaults, then checks the schema, the metadata and the kind's own rules. Changes the object.
    /// Null when all is well; a problem without faults is a malformed body (400), one with faults an object that breaks rules (422).
    /// </summary>
    public static Problem? Check(ResourceKind kind, JsonObject obj, WriteOptions options)
    {
        if (Prune(kind, obj, options) is { } unknown)
        {
            return unknown;
        }

        var schema = kind.SchemaOf();
        kind.Normalise?.Invoke(obj);
        Defaulting.Apply(obj, schema);
        var faults = SchemaCheck.Run(obj, schema);
        if (faults.Count > 0)
        {
            // The other rules may read the object only once its shape is right.
            return Invalid(kind, obj, faults);
        }

        faults = [.. MetadataCheck.Run((JsonObject)obj["metadata"]!, kind.Kind == "Namespace" && kind.Group.Length == 0), .. kind.Validate?.Invoke(obj) ?? []];
        return faults.Count > 0 ? Invalid(kind, obj, faults) : null;
    }

    /// <summary>Unknown fields alone, for a patch that is checked before it is merged.</summary>
    public static Problem? Prune(ResourceKind kind, JsonObject obj, WriteOptions options)
    {
        var unknown = UnknownFields.Prune(obj, kind.SchemaOf());
        if (unknown.Count > 0 && options.Strict)
        {
            return Problem.Invalid(
                $"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {string.Join(", ", unknown.Select(Unknown))}");
        }

        foreach (var path in unknown)
        {
            options.Warn?.Invoke(Unknown(path));
        }

        return null;
    }

    /// <summary>The outermost shape, without which nothing else can be read: null when it is right.</summary>
    public static Problem? Outline(ResourceKind kind, JsonObject obj)
    {
        if (TextOf(obj, "apiVersion") != kind.ApiVersion || TextOf(obj, "kind") != kind.Kind)
        {
            return Problem.Invalid(
                $"the object is of apiVersion '{TextOf(obj, "apiVersion")}' and kind '{TextOf(obj, "kind")}', expected are '{kind.ApiVersion}' and '{kind.Kind}'");
        }

        if (obj["metadata"] is not JsonObject metadata)
        {
            return Problem.Invalid("metadata is missing: an object needs at least metadata.name");
        }

        foreach (var name in (ReadOnlySpan<string>)["name", "generateName", "namespace", "uid", "resourceVersion"])
        {
            if (metadata[name] is { } value && !(value is JsonValue scalar && scalar.TryGetValue<string>(out _)))
            {
                return Problem.Invalid($"metadata.{name} must be a string, not {value.ToJsonString()}");
            }
        }

        return null;
    }

    private static string TextOf(JsonObject obj, string name) => obj[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private static string Unknown(string path) => $"unknown field \"{path}\"";

    private static Problem Invalid(ResourceKind kind, JsonObject obj, IReadOnlyList<Fault> faults)
    {
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var name = obj["metadata"]?["name"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
        var list = string.Join(", ", faults.Select(f => $"{f.Path}: {f.Message}"));
        return Problem.Invalid($"{qualified} \"{name}\" is invalid: {(faults.Count == 1 ? list : $"[{list}]")}", faults);
    }
}
