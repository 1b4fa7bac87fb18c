using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Schemas;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>One YAML document as JSON, by YAML's core schema. Aliases are resolved within a budget, so that a small text cannot become a huge one.</summary>
internal sealed partial class YamlBody
{
    private const int MostNodes = 200_000;
    private const int MostDepth = 100;

    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private readonly List<string> _duplicates = [];
    private readonly IParser _parser;
    private int _nodes;

    private YamlBody(IParser parser) => _parser = parser;

    public static Result<ParsedBody> Parse(byte[] bytes)
    {
        try
        {
            var reader = new YamlBody(new Parser(new StringReader(new UTF8Encoding(false, true).GetString(bytes))));
            reader._parser.Consume<StreamStart>();
            if (reader._parser.TryConsume<StreamEnd>(out _))
            {
                return new ParsedBody(null, []);
            }

            reader._parser.Consume<DocumentStart>();
            var json = reader.Node("", 0);
            reader._parser.Consume<DocumentEnd>();
            return reader._parser.TryConsume<StreamEnd>(out _)
                ? new ParsedBody(json, reader._duplicates)
                : Problem.Invalid("the body has more than one YAML document; send one object per request");
        }
        catch (YamlException e)
        {
            return Problem.Invalid($"the body is not YAML: line {e.Start.Line}, column {e.Start.Column}: {e.Message}");
        }
        catch (ArgumentException e)
        {
            return Problem.Invalid($"the body is not UTF-8 text: {e.Message}");
        }
    }

    private JsonNode? Node(string path, int depth)
    {
        if (++_nodes > MostNodes || depth > MostDepth)
        {
            throw new YamlException("too many or too deeply nested values");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var known) ? Copy(known) : throw new YamlException(alias.Start, alias.End, $"unknown alias *{alias.Value}");
        }

        var anchor = (_parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        var node = _parser.TryConsume<Scalar>(out var scalar) ? Value(scalar) : _parser.TryConsume<SequenceStart>(out _) ? Sequence(path, depth) : Mapping(path, depth);
        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = node?.DeepClone();
        }

        return node;
    }

    private JsonArray Sequence(string path, int depth)
    {
        var array = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            array.Add(Node($"{path}[{array.Count}]", depth + 1));
        }

        return array;
    }

    private JsonObject Mapping(string path, int depth)
    {
        _parser.Consume<MappingStart>();
        var obj = new JsonObject();
        var merged = new List<JsonObject>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be plain text");
            }

            var at = SchemaCheck.Join(path, key.Value);
            var value = Node(at, depth + 1);
            if (key is { Value: "<<", Style: ScalarStyle.Plain } && value is JsonObject or JsonArray)
            {
                merged.AddRange(value is JsonObject one ? [one] : ((JsonArray)value).OfType<JsonObject>());
                continue;
            }

            if (obj.ContainsKey(key.Value))
            {
                _duplicates.Add(at);
            }

            obj[key.Value] = value;
        }

        foreach (var (name, value) in merged.SelectMany(m => m).Where(p => !obj.ContainsKey(p.Key)).DistinctBy(p => p.Key).ToList())
        {
            obj[name] = Copy(value);
        }

        return obj;
    }

    private JsonNode? Copy(JsonNode? node)
    {
        _nodes += Count(node);
        return _nodes > MostNodes ? throw new YamlException("aliases expand to too many values") : node?.DeepClone();
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject obj => 1 + obj.Sum(p => Count(p.Value)),
        JsonArray array => 1 + array.Sum(Count),
        _ => 1,
    };

    private static JsonNode? Value(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str"))
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) =>
                JsonValue.Create(hex),
            _ when IntegerText().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
            _ when NumberText().IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex IntegerText();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberText();
}
