using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Resources.Patches;

/// <summary>RFC 6902: a list of operations, all of them or none.</summary>
public static class JsonPatch
{
    /// <summary>Each copy may double the document; past this many operations a patch is an attack.</summary>
    private const int MostOperations = 10_000;

    /// <returns>The patched copy; the target is left alone.</returns>
    public static Result<JsonNode?> Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonArray operations || operations.Count > MostOperations)
        {
            return Problem.Invalid($"a JSON patch is a list of at most {MostOperations} operations such as [{{\"op\":\"replace\",\"path\":\"/spec/x\",\"value\":1}}]");
        }

        var document = target?.DeepClone();
        for (var i = 0; i < operations.Count; i++)
        {
            if (Step(ref document, operations[i] as JsonObject) is { } fault)
            {
                // As the real server does: a patch that cannot be applied is well formed but unprocessable.
                return Problem.Invalid([new Fault($"patch[{i}]", fault)]);
            }
        }

        return document;
    }

    private static string? Step(ref JsonNode? document, JsonObject? operation)
    {
        var op = Text(operation, "op");
        if (operation is null || op is null)
        {
            return "an operation is an object with op and path";
        }

        if (Text(operation, "path") is not { } text || JsonPointer.Parse(text) is not { } path)
        {
            return "path must be a JSON pointer such as /spec/replicas";
        }

        switch (op)
        {
            case "test":
                return JsonPointer.TryFind(document, path, out var actual) && JsonNode.DeepEquals(actual, operation["value"])
                    ? null
                    : $"test failed at {text}";
            case "remove":
                return Remove(ref document, path) ? null : $"there is nothing at {text} to remove";
            case "add":
                return !operation.ContainsKey("value") ? "add needs a value" : Add(ref document, path, operation["value"]?.DeepClone()) ? null : $"cannot add at {text}: its parent is missing or the index is out of range";
            case "replace":
                return !operation.ContainsKey("value") ? "replace needs a value" : Replace(ref document, path, operation["value"]?.DeepClone()) ? null : $"there is nothing at {text} to replace";
            case "move":
            case "copy":
                return Transfer(ref document, path, Text(operation, "from"), op == "move");
            default:
                return $"unknown op '{op}'; use add, remove, replace, move, copy or test";
        }
    }

    private static string? Text(JsonObject? obj, string name) => obj?[name] is JsonValue v && v.GetValueKind() == JsonValueKind.String ? (string?)v : null;

    private static string? Transfer(ref JsonNode? document, string[] path, string? from, bool move)
    {
        if (from is null || JsonPointer.Parse(from) is not { } source || !JsonPointer.TryFind(document, source, out var value))
        {
            return $"there is nothing at {from ?? "(no from)"} to take";
        }

        if (move && path.Length > source.Length && path.AsSpan(0, source.Length).SequenceEqual(source))
        {
            return $"cannot move {from} into itself";
        }

        var copy = value?.DeepClone();
        return (!move || Remove(ref document, source)) && Add(ref document, path, copy) ? null : $"cannot write to /{string.Join('/', path)}";
    }

    private static bool Add(ref JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            document = value;
            return true;
        }

        if (!JsonPointer.TryFind(document, path.AsSpan(0, path.Length - 1), out var parent))
        {
            return false;
        }

        switch (parent)
        {
            case JsonObject obj:
                obj[path[^1]] = value;
                return true;
            case JsonArray array when path[^1] == "-":
                array.Add(value);
                return true;
            case JsonArray array when JsonPointer.Index(path[^1], array.Count) is { } index:
                array.Insert(index, value);
                return true;
            default:
                return false;
        }
    }

    private static bool Remove(ref JsonNode? document, string[] path)
    {
        if (path.Length == 0)
        {
            document = null;
            return true;
        }

        if (!JsonPointer.TryFind(document, path.AsSpan(0, path.Length - 1), out var parent))
        {
            return false;
        }

        switch (parent)
        {
            case JsonObject obj:
                return obj.Remove(path[^1]);
            case JsonArray array when JsonPointer.Index(path[^1], array.Count - 1) is { } index:
                array.RemoveAt(index);
                return true;
            default:
                return false;
        }
    }

    private static bool Replace(ref JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            document = value;
            return true;
        }

        if (!JsonPointer.TryFind(document, path, out _) || !JsonPointer.TryFind(document, path.AsSpan(0, path.Length - 1), out var parent))
        {
            return false;
        }

        if (parent is JsonArray array)
        {
            array[JsonPointer.Index(path[^1], array.Count - 1)!.Value] = value;
            return true;
        }

        ((JsonObject)parent!)[path[^1]] = value;
        return true;
    }
}
