using System.Text.Json.Nodes;
using Slipway.Kernel.Json;
using Slipway.Kernel.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.PipelineLanguage.Text;

/// <summary>YAML text with the line of every value, by YAML 1.2's core schema: an unquoted <c>yes</c> is text.</summary>
internal sealed class YamlSource
{
    private readonly Dictionary<AnchorName, (JsonNode? Value, SourceLines Lines)> _anchors = [];
    private readonly ValueBudget _budget = new();
    private readonly IParser _parser;

    private YamlSource(IParser parser) => _parser = parser;

    public static Result<IReadOnlyList<SourceDocument>> Read(string text, string file)
    {
        var read = ReadOnce(text, file);
        if (!read.Succeeded && read.Problem.Message.Contains("wrong indentation", StringComparison.Ordinal) && ReadOnce(QuotedIndent.Widen(text), file) is { Succeeded: true } again)
        {
            return again;
        }

        return read;
    }

    private static Result<IReadOnlyList<SourceDocument>> ReadOnce(string text, string file)
    {
        try
        {
            var source = new YamlSource(new Parser(new StringReader(text)));
            var documents = new List<SourceDocument>();
            source._parser.Consume<StreamStart>();
            while (!source._parser.TryConsume<StreamEnd>(out _))
            {
                source._parser.Consume<DocumentStart>();
                var (value, lines) = source.Node(0);
                source._parser.Consume<DocumentEnd>();
                source._anchors.Clear();
                if (value is not null)
                {
                    documents.Add(new SourceDocument(file, value, lines));
                }
            }

            return documents;
        }
        catch (YamlException fault)
        {
            return Problem.Invalid($"{file}:{fault.Start.Line}:{fault.Start.Column}: not readable as YAML: {fault.InnerException?.Message ?? fault.Message}");
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The library's scanner has such ends for texts that are no YAML at all (found by feeding it noise).
            return Problem.Invalid($"{file}: not readable as YAML: {fault.Message}");
        }
    }

    private (JsonNode? Value, SourceLines Lines) Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value, out var known))
            {
                throw new YamlException(alias.Start, alias.End, $"unknown alias *{alias.Value}");
            }

            Check(_budget.TakeCopy(known.Value, depth), alias);
            return (known.Value?.DeepClone(), known.Lines);
        }

        var start = _parser.Current!;
        var anchor = (start as NodeEvent)?.Anchor ?? AnchorName.Empty;
        var lines = new SourceLines(Place(start.Start));
        JsonNode? value;
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            Check(_budget.Take(scalar.Value, depth), scalar);
            value = Value(scalar);
        }
        else
        {
            Check(_budget.Take("", depth), start);
            value = _parser.TryConsume<SequenceStart>(out _) ? Sequence(lines, depth) : Mapping(lines, depth);
        }

        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = (value?.DeepClone(), lines);
        }

        return (value, lines);
    }

    private JsonArray Sequence(SourceLines lines, int depth)
    {
        var list = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            var (item, place) = Node(depth + 1);
            list.Add(item);
            lines.Add(place);
        }

        return list;
    }

    private JsonObject Mapping(SourceLines lines, int depth)
    {
        _parser.Consume<MappingStart>();
        var map = new JsonObject();
        var merged = new List<(JsonObject Map, SourceLines Lines)>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be plain text");
            }

            Check(_budget.Take(key.Value, depth), key);
            var (value, place) = Node(depth + 1);
            if (key is { Value: "<<", Style: ScalarStyle.Plain } && value is JsonObject or JsonArray)
            {
                merged.AddRange((value is JsonObject one ? [one] : ((JsonArray)value).OfType<JsonObject>()).Select(m => (m, place)));
                continue;
            }

            if (map.ContainsKey(key.Value))
            {
                throw new YamlException(key.Start, key.End, $"'{key.Value}' stands twice");
            }

            map[key.Value] = value;
            // Where the key stands is where a person looks.
            lines.Add(key.Value, place.Position.Line == key.Start.Line ? place : place.At(Place(key.Start)));
        }

        foreach (var (from, place) in merged)
        {
            foreach (var (name, value) in from.Where(p => !map.ContainsKey(p.Key)).ToList())
            {
                map[name] = value?.DeepClone();
                lines.Add(name, place);
            }
        }

        return map;
    }

    private static SourcePosition Place(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static void Check(string? tooMuch, ParsingEvent where)
    {
        if (tooMuch is not null)
        {
            throw new YamlException(where.Start, where.End, tooMuch);
        }
    }

    private static JsonNode? Value(Scalar scalar) =>
        scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str")
            ? JsonValue.Create(scalar.Value)
            : YamlPlain.ToJson(scalar.Value);
}
