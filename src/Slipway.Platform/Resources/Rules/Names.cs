namespace Slipway.Platform.Resources.Rules;

/// <summary>Kubernetes' rules for names and labels, by hand: they run on every write and every label.</summary>
public static class Names
{
    /// <summary>The longest name of an object.</summary>
    public const int MostNameLength = 253;

    /// <summary>DNS-1123 subdomain: lower-case letters, digits, '-' and '.', each part starting and ending with a letter or digit.</summary>
    public static bool IsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MostNameLength)
        {
            return false;
        }

        foreach (var range in text.Split('.'))
        {
            if (!IsDnsPart(text[range]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>DNS-1123 label, as namespaces are named: a subdomain part of at most 63 characters.</summary>
    public static bool IsDnsLabel(ReadOnlySpan<char> text) => text.Length <= 63 && IsDnsPart(text);

    /// <summary>A label value: empty, or at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit.</summary>
    public static bool IsLabelValue(ReadOnlySpan<char> text) => text.IsEmpty || IsWord(text);

    /// <summary>A label or annotation key: <c>name</c> or <c>prefix.example/name</c>.</summary>
    public static bool IsQualifiedName(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        return slash < 0 ? IsWord(text) : IsSubdomain(text[..slash]) && IsWord(text[(slash + 1)..]);
    }

    private static bool IsWord(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDnsPart(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c) && !char.IsAsciiLetterLower(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
