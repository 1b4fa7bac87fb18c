using System.Text;

namespace Slipway.Cli.Output;

/// <summary>Two texts line by line, in the unified form of <c>diff -u</c> with three lines of context.</summary>
internal static class LineDiff
{
    private const int Context = 3;

    /// <summary>Empty when both are the same.</summary>
    public static string Unified(string before, string after, string beforeName, string afterName)
    {
        var edits = Compare(Lines(before), Lines(after));
        if (edits.TrueForAll(e => e.Mark == ' '))
        {
            return "";
        }

        var text = new StringBuilder().Append("--- ").Append(beforeName).Append('\n').Append("+++ ").Append(afterName).Append('\n');
        for (var start = 0; (start = edits.FindIndex(start, e => e.Mark != ' ')) >= 0;)
        {
            var from = Math.Max(0, start - Context);
            var until = start;
            // A hunk goes on while the next change is within both contexts.
            for (var next = start; next >= 0 && next - until <= (2 * Context) + 1; next = edits.FindIndex(until, e => e.Mark != ' '))
            {
                until = next + 1;
                if (until >= edits.Count)
                {
                    break;
                }
            }

            var to = Math.Min(edits.Count, until + Context);
            var hunk = edits[from..to];
            text.Append($"@@ -{hunk[0].Old + 1},{hunk.Count(e => e.Mark != '+')} +{hunk[0].New + 1},{hunk.Count(e => e.Mark != '-')} @@\n");
            foreach (var edit in hunk)
            {
                text.Append(edit.Mark).Append(edit.Line).Append('\n');
            }

            start = to;
        }

        return text.ToString();
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');

    // Longest common subsequence; manifests have hundreds of lines, so the square is affordable.
    private static List<(char Mark, string Line, int Old, int New)> Compare(string[] before, string[] after)
    {
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var edits = new List<(char, string, int, int)>();
        var (old, @new) = (0, 0);
        while (old < before.Length || @new < after.Length)
        {
            if (old < before.Length && @new < after.Length && before[old] == after[@new])
            {
                edits.Add((' ', before[old], old++, @new++));
            }
            else if (old < before.Length && (@new == after.Length || common[old + 1, @new] >= common[old, @new + 1]))
            {
                edits.Add(('-', before[old], old++, @new));
            }
            else
            {
                edits.Add(('+', after[@new], old, @new++));
            }
        }

        return edits;
    }
}
