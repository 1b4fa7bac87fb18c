using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Graphs.Domain;

/// <summary>
/// Reads a <see cref="GraphPath"/>. What gjson has beyond it (modifiers, pipes, objects made of paths, literals, <c>~</c>) is refused with the place: a
/// condition that is evaluated otherwise than its author means sends requests to the wrong model.
/// </summary>
internal sealed class GraphPathParser
{
    private const int MostDepth = 16;

    private readonly string _text;
    private int _at;

    private GraphPathParser(string text) => _text = text;

    /// <summary>Invalid says what is not understood, and where.</summary>
    public static Result<GraphPath> Parse(string text)
    {
        var parser = new GraphPathParser(text);
        try
        {
            var path = parser.Path(0, "");
            return parser._at < text.Length ? parser.Bad($"'{text[parser._at]}' is not expected").Problem
                : path.IsWhole && text != "@this" ? parser.Bad("it is empty").Problem
                : path;
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }

    /// <summary>Up to one of the characters in <paramref name="ends"/>, or to the end.</summary>
    private GraphPath Path(int depth, string ends)
    {
        if (depth > MostDepth)
        {
            throw Bad($"it is nested more than {MostDepth} deep");
        }

        var parts = new List<PathPart>();
        while (_at < _text.Length && !ends.Contains(_text[_at], StringComparison.Ordinal))
        {
            if (Part(depth, parts.Count == 0, ends) is { } part)
            {
                parts.Add(part);
            }

            if (_at < _text.Length && _text[_at] == '.')
            {
                _at++;
                if (_at == _text.Length || _text[_at] == '.' || ends.Contains(_text[_at], StringComparison.Ordinal))
                {
                    throw Bad("a key is missing behind '.'");
                }
            }
            else
            {
                break;
            }
        }

        return new GraphPath(parts);
    }

    private PathPart? Part(int depth, bool first, string ends)
    {
        switch (_text[_at])
        {
            case '#':
                return Sharp(depth);
            case '[' when first:
                return Several(depth);
            case '@' when first:
                if (!_text.AsSpan(_at).StartsWith("@this"))
                {
                    throw Bad("the modifier is not supported; only @this is");
                }

                _at += "@this".Length;
                return null;
            case '{' or '!' or '|' or '~' or '@' or '[' or ']' or '.':
                throw Bad($"'{_text[_at]}' is not supported here");
            default:
                return Key(ends);
        }
    }

    private PathPart.Key Key(string ends)
    {
        var (plain, pattern, wild) = (new StringBuilder(), new StringBuilder(), false);
        for (; _at < _text.Length && _text[_at] != '.' && !ends.Contains(_text[_at], StringComparison.Ordinal); _at++)
        {
            var c = _text[_at];
            if (c is '|' or '{' or '}')
            {
                throw Bad($"'{c}' is not supported; write \\{c} when it is part of a key");
            }

            if (c == '\\')
            {
                if (++_at == _text.Length)
                {
                    throw Bad("'\\' is the last character");
                }

                plain.Append(_text[_at]);
                pattern.Append('\\').Append(_text[_at]);
                continue;
            }

            wild |= c is '*' or '?';
            plain.Append(c);
            pattern.Append(c);
        }

        return wild ? new PathPart.Key(pattern.ToString(), true) : new PathPart.Key(plain.ToString(), false);
    }

    private PathPart Sharp(int depth)
    {
        _at++;
        if (_at == _text.Length || _text[_at] != '(')
        {
            return new PathPart.Each();
        }

        _at++;
        var query = Query(depth + 1);
        if (_at == _text.Length || _text[_at] != ')')
        {
            throw Bad("')' is missing");
        }

        _at++;
        var all = _at < _text.Length && _text[_at] == '#';
        _at += all ? 1 : 0;
        return new PathPart.Matching(query, all);
    }

    private PathPart.Several Several(int depth)
    {
        var paths = new List<GraphPath>();
        do
        {
            _at++;
            var from = _at;
            paths.Add(Path(depth + 1, ",]"));
            if (_at == from)
            {
                throw Bad("a path is missing");
            }
        }
        while (_at < _text.Length && _text[_at] == ',');

        if (_at == _text.Length || _text[_at] != ']')
        {
            throw Bad("']' is missing");
        }

        _at++;
        return new PathPart.Several(paths);
    }

    private PathQuery Query(int depth)
    {
        Blanks();
        var path = Path(depth, "=!<>%) ");
        Blanks();
        if (_at < _text.Length && _text[_at] == ')')
        {
            return path.IsWhole ? throw Bad("the query is empty") : new PathQuery(path, PathOperator.Exists, "");
        }

        var with = Operator();
        Blanks();
        var value = Value();
        Blanks();
        return new PathQuery(path, with, value);
    }

    private PathOperator Operator()
    {
        (string Text, PathOperator Operator)[] known =
        [
            ("==", PathOperator.Equal), ("!=", PathOperator.NotEqual), ("<=", PathOperator.LessOrEqual), (">=", PathOperator.GreaterOrEqual),
            ("!%", PathOperator.NotLike), ("=", PathOperator.Equal), ("<", PathOperator.Less), (">", PathOperator.Greater), ("%", PathOperator.Like),
        ];
        foreach (var (text, found) in known)
        {
            if (_text.AsSpan(_at).StartsWith(text, StringComparison.Ordinal))
            {
                _at += text.Length;
                return found;
            }
        }

        throw Bad("an operator is missing: ==, !=, <, <=, >, >=, % or !%");
    }

    private string Value()
    {
        var value = new StringBuilder();
        if (_at < _text.Length && _text[_at] == '"')
        {
            for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
            {
                if (_text[_at] == '\\' && _at + 1 < _text.Length)
                {
                    _at++;
                }

                value.Append(_text[_at]);
            }

            if (_at == _text.Length)
            {
                throw Bad("'\"' is missing");
            }

            _at++;
            return value.ToString();
        }

        if (_at < _text.Length && _text[_at] is '~' or '#' or '@' or '[' or '{')
        {
            throw Bad($"'{_text[_at]}' is not supported as a value; write it in quotation marks when it is a text");
        }

        for (; _at < _text.Length && _text[_at] != ')'; _at++)
        {
            value.Append(_text[_at]);
        }

        return value.Length == 0 ? throw Bad("a value is missing") : value.ToString().TrimEnd();
    }

    private void Blanks()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }
    }

    private ProblemException Bad(string why) => new(Problem.Invalid($"'{_text}', character {_at + 1}: {why}"));
}
