using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.PipelineLanguage.Conditions;

internal enum CelTokenKind
{
    End,
    Name,
    Int,
    Double,
    String,
    Symbol,
}

internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value, int Position);

/// <summary>Words, literals and signs of an expression.</summary>
internal static partial class CelLexer
{
    private static readonly string[] Symbols = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ".", ",", "+", "-", "*", "/", "%", "?", ":", "{", "}"];

    public static List<CelToken> Read(string text)
    {
        var tokens = new List<CelToken>();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            CelToken token;
            int next;
            if (QuotedReference().Match(text, at) is { Success: true } quoted)
            {
                // The compiler puts quotes around a reference that it compares with text, without escaping the quotes in it: what stands between them is meant.
                (token, next) = (new CelToken(CelTokenKind.String, quoted.Value, quoted.Groups["text"].Value, at), at + quoted.Length);
            }
            else if (c is '\'' or '"')
            {
                token = Quoted(text, at, raw: false, out next);
            }
            else if (c is 'r' or 'R' && at + 1 < text.Length && text[at + 1] is '\'' or '"')
            {
                token = Quoted(text, at + 1, raw: true, out next);
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
            {
                token = Number(text, at, out next);
            }
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                for (next = at + 1; next < text.Length && (char.IsAsciiLetterOrDigit(text[next]) || text[next] == '_'); next++)
                {
                }

                token = new CelToken(CelTokenKind.Name, text[at..next], null, at);
            }
            else
            {
                var symbol = Symbols.FirstOrDefault(s => text.AsSpan(at).StartsWith(s, StringComparison.Ordinal)) ?? throw Fault(at, $"'{c}' is not understood");
                (token, next) = (new CelToken(CelTokenKind.Symbol, symbol, null, at), at + symbol.Length);
            }

            tokens.Add(token);
            at = next;
        }

        tokens.Add(new CelToken(CelTokenKind.End, "the end", null, text.Length));
        return tokens;
    }

    public static CelException Fault(int position, string message) => new($"column {position + 1}: {message}");

    private static CelToken Number(string text, int start, out int next)
    {
        var match = NumberPattern().Match(text, start);
        next = start + match.Length;
        if (match.Groups["hex"].Success)
        {
            return long.TryParse(match.Groups["hex"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) && hex >= 0
                ? new CelToken(CelTokenKind.Int, match.Value, hex, start)
                : throw Fault(start, $"{match.Value} is too large");
        }

        if (!match.Groups["fraction"].Success && !match.Groups["exponent"].Success)
        {
            // One more than fits, since the sign of the lowest number is a sign of its own.
            return ulong.TryParse(match.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole <= (ulong)long.MaxValue + 1
                ? new CelToken(CelTokenKind.Int, match.Value, unchecked((long)whole), start)
                : throw Fault(start, $"{match.Value} is too large");
        }

        return new CelToken(CelTokenKind.Double, match.Value, double.Parse(match.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture), start);
    }

    private static CelToken Quoted(string text, int start, bool raw, out int next)
    {
        var quote = text[start];
        var content = new StringBuilder();
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                next = i + 1;
                return new CelToken(CelTokenKind.String, text[start..next], content.ToString(), start);
            }

            if (text[i] == '\\' && !raw && i + 1 < text.Length)
            {
                content.Append(Escape(text, ref i));
            }
            else
            {
                content.Append(text[i]);
            }
        }

        throw Fault(start, "text that is not closed");
    }

    private static string Escape(string text, ref int i)
    {
        var start = i;
        var c = text[++i];
        var length = c switch { 'x' or 'X' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (length > 0)
        {
            if (i + length < text.Length && int.TryParse(text.AsSpan(i + 1, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
            {
                i += length;
                return char.ConvertFromUtf32(code);
            }

            throw Fault(start, $"\\{c} needs {length} hexadecimal digits");
        }

        return c switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' or '\'' or '"' or '`' or '?' => c.ToString(),
            _ => throw Fault(start, $"\\{c} is not an escape"),
        };
    }

    [GeneratedRegex(@"\G(0[xX](?<hex>[0-9a-fA-F]+)|[0-9]*(?<fraction>\.[0-9]+)?(?<exponent>[eE][-+]?[0-9]+)?)", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"\G'(?<text>(int\()?inputs\.parameter_values\['[^']*'\]\)?)'", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedReference();
}
