namespace Slipway.Serving.Graphs.Domain;

/// <summary><c>*</c> for any characters, <c>?</c> for one, <c>\</c> before a character that means itself.</summary>
internal static class Wildcards
{
    /// <summary>In time proportional to the product of the lengths at most.</summary>
    public static bool Match(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        var (t, p, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
                continue;
            }

            if (p < pattern.Length && Takes(text[t], pattern, p, out var next))
            {
                (t, p) = (t + 1, next);
                continue;
            }

            if (star < 0)
            {
                return false;
            }

            (p, t) = (star + 1, ++mark);
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    private static bool Takes(char c, ReadOnlySpan<char> pattern, int at, out int next)
    {
        if (pattern[at] == '\\' && at + 1 < pattern.Length)
        {
            next = at + 2;
            return pattern[at + 1] == c;
        }

        next = at + 1;
        return pattern[at] == '?' || pattern[at] == c;
    }
}
