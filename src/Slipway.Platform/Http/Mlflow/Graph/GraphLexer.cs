using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Platform.Http.Mlflow.Graph;

internal enum GraphToken
{
    End, Mark, Name, Number, Text, Variable, Spread,
}

/// <summary>The tokens of a GraphQL document; white space, commas and comments stand between them and mean nothing.</summary>
internal sealed class GraphLexer(string source)
{
    private const string Marks = "{}()[]:=!@|&";

    private int _at;
    private int _start;

    public GraphToken Kind { get; private set; }

    /// <summary>The mark, name, number or text (unescaped) of the token, without the <c>$</c> of a variable.</summary>
    public string Value { get; private set; } = "";

    public void Next()
    {
        Skip();
        _start = _at;
        if (_at == source.Length)
        {
            (Kind, Value) = (GraphToken.End, "the end");
        }
        else if (Marks.Contains(source[_at], StringComparison.Ordinal))
        {
            (Kind, Value) = (GraphToken.Mark, source[_at++].ToString());
        }
        else if (string.CompareOrdinal(source, _at, "...", 0, 3) == 0)
        {
            (Kind, Value, _at) = (GraphToken.Spread, "...", _at + 3);
        }
        else if (source[_at] == '$')
        {
            _at++;
            (Kind, Value) = (GraphToken.Variable, Name());
        }
        else if (source[_at] == '"')
        {
            (Kind, Value) = (GraphToken.Text, string.CompareOrdinal(source, _at, "\"\"\"", 0, 3) == 0 ? Block() : Text());
        }
        else if (source[_at] == '-' || char.IsAsciiDigit(source[_at]))
        {
            (Kind, Value) = (GraphToken.Number, Number());
        }
        else
        {
            (Kind, Value) = (GraphToken.Name, Name());
        }
    }

    /// <summary>A fault at the present token, with its line and column.</summary>
    public GraphException Fault(string message)
    {
        var before = source.AsSpan(0, Math.Min(_start, source.Length));
        var line = before.Count('\n') + 1;
        return new GraphException(string.Create(
            CultureInfo.InvariantCulture, $"Syntax Error: {message} (line {line}, column {before.Length - before.LastIndexOf('\n')})."));
    }

    private void Skip()
    {
        while (_at < source.Length)
        {
            if (source[_at] == '#')
            {
                var end = source.AsSpan(_at).IndexOfAny('\n', '\r');
                _at = end < 0 ? source.Length : _at + end;
            }
            else if (source[_at] is ' ' or '\t' or '\n' or '\r' or ',' or '\uFEFF')
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private string Name()
    {
        var from = _at;
        while (_at < source.Length && (source[_at] == '_' || char.IsAsciiLetter(source[_at]) || (_at > from && char.IsAsciiDigit(source[_at]))))
        {
            _at++;
        }

        return _at > from ? source[from.._at] : throw Fault($"Unexpected character {(from < source.Length ? $"'{source[from]}'" : "<EOF>")}");
    }

    private string Number()
    {
        var from = _at;
        while (_at < source.Length && (char.IsAsciiDigit(source[_at]) || source[_at] is '-' or '+' or '.' or 'e' or 'E'))
        {
            _at++;
        }

        var text = source[from.._at];
        try
        {
            // GraphQL's numbers are JSON's.
            using var number = JsonDocument.Parse(text);
            return text;
        }
        catch (JsonException)
        {
            throw Fault($"Invalid number {text}");
        }
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (_at++; _at < source.Length && source[_at] != '"'; _at++)
        {
            if (source[_at] is '\n' or '\r')
            {
                break;
            }

            text.Append(source[_at] == '\\' ? Escaped() : source[_at]);
        }

        if (_at == source.Length || source[_at] != '"')
        {
            throw Fault("Unterminated string");
        }

        _at++;
        foreach (var part in text.ToString().EnumerateRunes())
        {
            // Half of a surrogate pair is no text.
            if (part == Rune.ReplacementChar)
            {
                throw Fault("Invalid Unicode escape sequence");
            }
        }

        return text.ToString();
    }

    private char Escaped()
    {
        _at++;
        switch (_at < source.Length ? source[_at] : '\0')
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case var same and ('"' or '\\' or '/'): return same;
            case 'u' when _at + 4 < source.Length
                && ushort.TryParse(source.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default: throw Fault("Invalid character escape sequence");
        }
    }

    private string Block()
    {
        var end = source.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Fault("Unterminated string");
        }

        var text = source[(_at + 3)..end].Trim();
        _at = end + 3;
        return text;
    }
}
