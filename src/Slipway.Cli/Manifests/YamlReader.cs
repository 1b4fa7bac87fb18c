using System.Text.Json.Nodes;
using Slipway.Kernel.Json;
using Slipway.Kernel.Problems;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Cli.Manifests;

/// <summary>Reads YAML or JSON text, any number of documents, as JSON values (YAML 1.2 core schema: an unquoted <c>yes</c> is text).</summary>
internal static class YamlReader
{
    // Aliases repeat what they stand for; a few lines of them could unfold to gigabytes.
    private const int MostValues = 500_000;

    /// <param name="text">The text.</param>
    /// <param name="name">The file, for the message.</param>
    public static Result<IReadOnlyList<JsonNode>> Read(string text, string name)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            var budget = MostValues;
            var documents = new List<JsonNode>();
            foreach (var document in stream.Documents)
            {
                if (Convert(document.RootNode, ref budget) is { } node)
                {
                    documents.Add(node);
                }
            }

            return documents;
        }
        catch (YamlException fault)
        {
            return Problem.Invalid($"{name}:{fault.Start.Line}:{fault.Start.Column}: {fault.InnerException?.Message ?? fault.Message}");
        }
        catch (FormatException fault)
        {
            return Problem.Invalid($"{name}: {fault.Message}");
        }
    }

    private static JsonNode? Convert(YamlNode node, ref int budget)
    {
        if (--budget < 0)
        {
            throw new FormatException($"more than {MostValues} values; are there aliases that repeat one another?");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var map = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    if (key is not YamlScalarNode { Value: { } name })
                    {
                        throw new FormatException($"line {key.Start.Line}: a key must be text");
                    }

                    map[name] = Convert(value, ref budget);
                }

                return map;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (var item in sequence.Children)
                {
                    list.Add(Convert(item, ref budget));
                }

                return list;
            default:
                return Scalar((YamlScalarNode)node);
        }
    }

    private static JsonNode? Scalar(YamlScalarNode scalar) =>
        scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str"
            ? JsonValue.Create(scalar.Value ?? "")
            : YamlPlain.ToJson(scalar.Value ?? "");
}
