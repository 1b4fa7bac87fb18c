using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>Every combination of a matrix's values, the last key turning fastest.</summary>
internal static class MatrixItems
{
    private const int Most = 10_000;

    public static JsonArray Of(ShortStep step, Action<string, string> fault)
    {
        var items = new List<JsonObject> { new() };
        foreach (var (key, values) in step.Matrix)
        {
            if (values is not JsonArray { Count: > 0 } list)
            {
                fault($"{step.Path}.matrix.{key}", step.Matrix.Count == 1 ? "must be a list of values, or refer to one list" : "must be a list of values; only a matrix of one key may refer to a list");
                continue;
            }

            if ((long)items.Count * list.Count > Most)
            {
                fault($"{step.Path}.matrix", $"has more than {Most} combinations");
                break;
            }

            items = [.. items.SelectMany(item => list.Select(value => new JsonObject(item.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))) { [key] = value?.DeepClone() }))];
        }

        return [.. items];
    }
}
