using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What text may be kept at all.</summary>
internal static class Texts
{
    /// <summary>PostgreSQL's text cannot hold NUL, and unpaired surrogates are no text in UTF-8.</summary>
    public static Fault? Check(string path, string value, int longest, bool empty = true)
    {
        if (value.Length == 0 && !empty)
        {
            return new Fault(path, "is empty; give a value");
        }

        if (value.Length > longest)
        {
            return new Fault(path, $"has {value.Length} characters; at most {longest} are kept");
        }

        return IsKept(value) ? null : new Fault(path, "has characters that are no text (NUL or half of a surrogate pair); take them out");
    }

    public static bool IsKept(string value) => !value.Contains('\0', StringComparison.Ordinal) && IsWellFormed(value);

    public static bool IsWellFormed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return false;
            }
        }

        return true;
    }
}
