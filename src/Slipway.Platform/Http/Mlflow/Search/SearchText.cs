using System.Globalization;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>Reads a filter or an order from left to right. Columns are counted from 1.</summary>
internal sealed class SearchText(string text)
{
    private int _at;

    public int Column => _at + 1;

    public bool AtEnd
    {
        get
        {
            SkipSpace();
            return _at >= text.Length;
        }
    }

    /// <summary>What comes next, as one piece, for messages.</summary>
    public string Rest
    {
        get
        {
            var at = _at;
            while (at < text.Length && !char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            return _at >= text.Length ? "the end" : $"'{text[_at..Math.Min(at, _at + 80)]}'";
        }
    }

    public static Problem Wrong(string message, int column) =>
        Problem.Invalid(string.Create(CultureInfo.InvariantCulture, $"{message} (at column {column})"));

    public bool Take(char c)
    {
        SkipSpace();
        if (_at < text.Length && text[_at] == c)
        {
            _at++;
            return true;
        }

        return false;
    }

    /// <summary>Takes a keyword, in whatever case, that ends where it ends.</summary>
    public bool TakeWord(string word)
    {
        SkipSpace();
        var end = _at + word.Length;
        if (end > text.Length || !text.AsSpan(_at, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase) || (end < text.Length && IsKeyPart(text[end])))
        {
            return false;
        }

        _at = end;
        return true;
    }

    public Comparison? TakeSymbol()
    {
        SkipSpace();
        foreach (var (symbol, comparison) in Symbols)
        {
            if (text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                _at += symbol.Length;
                return comparison;
            }
        }

        return null;
    }

    /// <summary><c>name</c>, <c>entity.name</c>, <c>entity."any name"</c> or with backticks.</summary>
    public Result<SearchKey> TakeKey()
    {
        SkipSpace();
        var (start, dot, written) = (Column, -1, new StringBuilder());
        while (_at < text.Length)
        {
            var c = text[_at];
            if (c is '"' or '`' && (written.Length == 0 || written[^1] == '.'))
            {
                if (!TakeQuoted().TryGet(out var part, out var problem))
                {
                    return problem;
                }

                written.Append(part);
            }
            else if (IsKeyPart(c))
            {
                dot = c == '.' && dot < 0 ? written.Length : dot;
                written.Append(c);
                _at++;
            }
            else
            {
                break;
            }
        }

        if (written.Length == 0)
        {
            return Wrong($"Invalid clause(s) in filter string: expected a key such as metrics.accuracy, found {Rest}", start);
        }

        var whole = written.ToString();
        return dot <= 0 || dot == whole.Length - 1
            ? new SearchKey(null, whole, start)
            : new SearchKey(whole[..dot], whole[(dot + 1)..], start);
    }

    /// <summary>What stands between the quote at hand and the next one like it; a doubled quote stands for itself.</summary>
    public Result<string> TakeQuoted()
    {
        var (quote, start, value) = (text[_at], Column, new StringBuilder());
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] != quote)
            {
                value.Append(text[_at]);
            }
            else if (_at + 1 < text.Length && text[_at + 1] == quote)
            {
                value.Append(quote);
                _at++;
            }
            else
            {
                _at++;
                return value.ToString();
            }
        }

        return Wrong($"Invalid clause(s) in filter string: the quote {quote} is never closed", start);
    }

    public Result<SearchValue> TakeValue()
    {
        SkipSpace();
        var start = _at;
        if (_at < text.Length && text[_at] is '\'' or '"')
        {
            return TakeQuoted().Select(value => new SearchValue(SearchValueKind.Text, value, 0, [], text[start.._at]));
        }

        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not (')' or ',' or '('))
        {
            _at++;
        }

        var word = text[start.._at];
        if (word.Length == 0)
        {
            return Wrong($"Invalid comparison clause: expected a value, found {Rest}", start + 1);
        }

        return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && !char.IsLetter(word[^1])
            ? new SearchValue(SearchValueKind.Number, word, number, [], word)
            : new SearchValue(SearchValueKind.Word, word, 0, [], word);
    }

    public Result<SearchValue> TakeList()
    {
        SkipSpace();
        var (start, items) = (_at, new List<string>());
        if (!Take('('))
        {
            return Wrong($"Invalid comparison clause: expected a list such as ('a', 'b') after IN, found {Rest}", start + 1);
        }

        do
        {
            SkipSpace();
            if (_at >= text.Length || text[_at] is not ('\'' or '"'))
            {
                return Wrong(
                    items.Count == 0 && _at < text.Length && text[_at] == ')'
                        ? "While parsing a list in the query, expected a non-empty list of string values, but got empty list"
                        : $"While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: {Rest}",
                    Column);
            }

            if (!TakeQuoted().TryGet(out var item, out var problem))
            {
                return problem;
            }

            items.Add(item);
        }
        while (Take(',') && !IsNext(')'));
        return Take(')')
            ? new SearchValue(SearchValueKind.List, "", 0, items, text[start.._at])
            : Wrong($"Invalid comparison clause: the list is not closed; expected ',' or ')', found {Rest}", Column);
    }

    private static readonly (string Symbol, Comparison Comparison)[] Symbols =
    [
        ("!=", Comparison.NotEqual), ("<=", Comparison.LessOrEqual), (">=", Comparison.GreaterOrEqual),
        ("=", Comparison.Equal), ("<", Comparison.Less), (">", Comparison.Greater),
    ];

    private static bool IsKeyPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':' or '@' or '#' or '$' or '*';

    // Python writes a list of one as ('a',).
    private bool IsNext(char c)
    {
        SkipSpace();
        return _at < text.Length && text[_at] == c;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }
}
