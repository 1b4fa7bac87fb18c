using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.PipelineLanguage.Text;

/// <summary>JSON text with the line of every value.</summary>
internal ref struct JsonSource
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ValueBudget _budget = new();
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _lineStart;
    private int _scanned;

    private JsonSource(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = TextLimits.Depth });
    }

    public static bool LooksLikeJson(string text) => text.AsSpan().TrimStart() is ['{' or '[', ..];

    /// <summary>Null when it is not JSON; it may still be YAML in flow style.</summary>
    public static Result<IReadOnlyList<SourceDocument>>? Read(string text, string file)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var source = new JsonSource(bytes);
        try
        {
            source._reader.Read();
            var lines = source.Value(out var value, 0);
            if (source._reader.Read())
            {
                return null;
            }

            return Result.From<IReadOnlyList<SourceDocument>>(value is null ? [] : [new SourceDocument(file, value, lines)]);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (ProblemException fault)
        {
            return fault.Problem with { Message = $"{file}: {fault.Problem.Message}" };
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that an escape is half of a surrogate pair.
            return Problem.Invalid($"{file}:{source.Here().Line}: text holds half of a surrogate pair");
        }
    }

    private SourceLines Value(out JsonNode? value, int depth)
    {
        var place = Here();
        var lines = new SourceLines(place);
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Spend("", depth, place);
                var map = new JsonObject();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                {
                    var at = Here();
                    var name = _reader.GetString()!;
                    Spend(name, depth, at);
                    if (map.ContainsKey(name))
                    {
                        throw Fault(at, $"'{name}' stands twice");
                    }

                    _reader.Read();
                    lines.Add(name, Value(out var member, depth + 1));
                    map[name] = member;
                }

                value = map;
                return lines;
            case JsonTokenType.StartArray:
                Spend("", depth, place);
                var list = new JsonArray();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                {
                    lines.Add(Value(out var item, depth + 1));
                    list.Add(item);
                }

                value = list;
                return lines;
            case JsonTokenType.String:
                var text = _reader.GetString()!;
                Spend(text, depth, place);
                value = JsonValue.Create(text);
                return lines;
            case JsonTokenType.Number:
                Spend("", depth, place);
                value = JsonNode.Parse(_reader.ValueSpan);
                return lines;
            default:
                Spend("", depth, place);
                value = _reader.TokenType == JsonTokenType.Null ? null : JsonValue.Create(_reader.GetBoolean());
                return lines;
        }
    }

    private readonly void Spend(string text, int depth, SourcePosition place)
    {
        if (_budget.Take(text, depth) is { } tooMuch)
        {
            throw Fault(place, tooMuch);
        }
    }

    private static ProblemException Fault(SourcePosition place, string message) => new(Problem.Invalid($"line {place.Line}: {message}"));

    /// <summary>Where the current token stands. Counts on from the last call.</summary>
    private SourcePosition Here()
    {
        var start = (int)_reader.TokenStartIndex;
        for (; _scanned < start; _scanned++)
        {
            if (_bytes[_scanned] == (byte)'\n')
            {
                _line++;
                _lineStart = _scanned + 1;
            }
        }

        return new SourcePosition(_line, start - _lineStart + 1);
    }
}
