using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Ir;

/// <summary>
/// Parameters of a pipeline without a type, which the short form has and the SDK's loader refuses. They are written as STRUCT, and noted in the one place of the IR
/// that is free (<c>deploymentSpec</c> is a struct), so that what we wrote reads back as it was.
/// </summary>
internal static class AnyTypes
{
    public const string Member = "slipway";

    private const string Inputs = "anyInputs";
    private const string Outputs = "anyOutputs";

    public static JsonObject Of(ComponentSpec root)
    {
        var note = new JsonObject();
        Note(note, Inputs, root.Inputs.Parameters.Where(p => p.Value.Type == ParameterType.Unspecified).Select(p => p.Key));
        Note(note, Outputs, root.Outputs.Parameters.Where(p => p.Value.Type == ParameterType.Unspecified).Select(p => p.Key));
        return note;
    }

    /// <summary>Gives the written root's parameters the type that the loader asks for.</summary>
    public static JsonObject Fill(JsonObject root)
    {
        foreach (var definitions in (string[])["inputDefinitions", "outputDefinitions"])
        {
            foreach (var (_, parameter) in root[definitions]?["parameters"] as JsonObject ?? [])
            {
                parameter!.AsObject().TryAdd("parameterType", "STRUCT");
            }
        }

        return root;
    }

    public static ComponentSpec Restore(ComponentSpec root, JsonNode? note) => note is not JsonObject ? root : root with
    {
        Inputs = root.Inputs with { Parameters = Restore(root.Inputs.Parameters, note[Inputs], p => p with { Type = ParameterType.Unspecified }) },
        Outputs = root.Outputs with { Parameters = Restore(root.Outputs.Parameters, note[Outputs], p => p with { Type = ParameterType.Unspecified }) },
    };

    private static OrderedDictionary<string, T> Restore<T>(IReadOnlyDictionary<string, T> parameters, JsonNode? names, Func<T, T> untyped)
    {
        var any = (names as JsonArray ?? []).Select(n => n?.ToString()).ToHashSet();
        return new OrderedDictionary<string, T>(parameters.Select(p => KeyValuePair.Create(p.Key, any.Contains(p.Key) ? untyped(p.Value) : p.Value)), StringComparer.Ordinal);
    }

    private static void Note(JsonObject note, string name, IEnumerable<string> parameters)
    {
        var names = new JsonArray([.. parameters.Select(p => (JsonNode)p)]);
        if (names.Count > 0)
        {
            note[name] = names;
        }
    }
}
