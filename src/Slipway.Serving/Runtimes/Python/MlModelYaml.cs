using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>MLflow's MLmodel file as JSON, so that workers need no YAML library. Scalars are texts; a plain <c>null</c> is null.</summary>
internal static class MlModelYaml
{
    public const string FileName = "MLmodel";

    private const long LargestFile = 4 << 20;

    /// <summary>References make small files of endless size.</summary>
    private const int MostNodes = 100_000;

    /// <summary>Null when the folder has no such file.</summary>
    public static Result<JsonObject?> Read(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, FileName));
        if (!file.Exists)
        {
            return (JsonObject?)null;
        }

        if (file.Length > LargestFile)
        {
            return new Problem(ProblemCode.TooLarge, $"The model's MLmodel file has {file.Length} bytes; at most {LargestFile} are read");
        }

        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(file.FullName)));
            var left = MostNodes;
            return yaml.Documents.Count > 0 && ToJson(yaml.Documents[0].RootNode, ref left) is JsonObject root ? root : Problem.Invalid("The model's MLmodel file is no YAML mapping");
        }
        catch (Exception e) when (e is YamlException or InvalidDataException or ArgumentException)
        {
            return Problem.Invalid($"The model's MLmodel file cannot be read: {e.Message}");
        }
    }

    private static JsonNode? ToJson(YamlNode node, ref int left)
    {
        if (--left < 0)
        {
            throw new InvalidDataException($"it has more than {MostNodes} nodes");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var made = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    made[(key as YamlScalarNode)?.Value ?? ""] = ToJson(value, ref left);
                }

                return made;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (var item in sequence.Children)
                {
                    list.Add(ToJson(item, ref left));
                }

                return list;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" }:
                return null;
            default:
                return JsonValue.Create((node as YamlScalarNode)?.Value);
        }
    }
}
