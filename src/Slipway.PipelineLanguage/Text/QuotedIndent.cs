using System.Text.RegularExpressions;

namespace Slipway.PipelineLanguage.Text;

/// <summary>
/// YamlDotNet refuses a quoted text of several lines whose further lines stand no deeper than the list that it is in; Python's writer, with lists indented,
/// writes just that, and its reader takes it. Spaces at the start of such lines mean nothing, so they are pushed to the right. Blocks (<c>|</c>, <c>></c>), where
/// spaces do mean something, are left alone.
/// </summary>
internal static partial class QuotedIndent
{
    public static string Widen(string text)
    {
        var lines = text.Split('\n');
        var block = -1;
        var blockOpensAt = -1;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            var indent = line.Length - line.TrimStart(' ').Length;
            var isBlank = indent == line.TrimEnd('\r').Length;
            if (block >= 0)
            {
                if (isBlank || indent >= block)
                {
                    continue;
                }

                block = -1;
            }
            else if (blockOpensAt >= 0)
            {
                if (isBlank)
                {
                    continue;
                }

                var opened = blockOpensAt;
                blockOpensAt = -1;
                if (indent > opened)
                {
                    block = indent;
                    continue;
                }
            }

            if (BlockHeader().IsMatch(line))
            {
                blockOpensAt = indent;
            }
            else if (QuoteStart().Match(line) is { Success: true } match)
            {
                i = WidenFrom(lines, i, match.Groups["quote"].Index);
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Pushes the further lines of the quoted text that opens here; answers the line in which it ends.</summary>
    private static int WidenFrom(string[] lines, int first, int column)
    {
        var quote = lines[first][column];
        var pad = new string(' ', column);
        var at = column + 1;
        for (var i = first; i < lines.Length; i++, at = 0)
        {
            var line = lines[i];
            for (; at < line.Length; at++)
            {
                if (line[at] == '\\' && quote == '"')
                {
                    at++;
                }
                else if (line[at] == quote)
                {
                    if (quote == '\'' && at + 1 < line.Length && line[at + 1] == '\'')
                    {
                        at++;
                        continue;
                    }

                    if (i > first)
                    {
                        lines[i] = pad + line;
                    }

                    return i;
                }
            }

            if (i > first && line.AsSpan().Trim().Length > 0)
            {
                lines[i] = pad + line;
            }
        }

        return lines.Length;
    }

    [GeneratedRegex(@"(^|:[ ]|-[ ])\s*([!&]\S+\s+)*[|>][-+0-9]*\s*(\s#.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex BlockHeader();

    [GeneratedRegex(@"^ *(- +)*([^\s""'#\[{|>][^""']*?: +)?([!&]\S+ +)?(?<quote>[""'])", RegexOptions.CultureInvariant)]
    private static partial Regex QuoteStart();
}
