using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Cli.Manifests;

/// <summary>Reads YAML or JSON text, any number of documents, as JSON values (YAML 1.2 core schema: an unquoted <c>yes</c> is text).</summary>
internal static partial class YamlReader
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

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex JsonNumber();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex YamlNumber();

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

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            // A number keeps the digits it was written with.
            _ when JsonNumber().IsMatch(text) => JsonNode.Parse(text),
            _ when text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) =>
                JsonValue.Create(hex),
            // Leading zeros, a leading plus, a bare point: numbers to YAML, not to JSON.
            _ when YamlNumber().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) =>
                number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number) : JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }
}
