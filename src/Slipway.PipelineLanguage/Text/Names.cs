using System.Text;

namespace Slipway.PipelineLanguage.Text;

/// <summary>The two spellings of a field: <c>componentRef</c> and <c>component_ref</c>.</summary>
public static class Names
{
    public static string ToCamel(string name)
    {
        if (!name.Contains('_'))
        {
            return name;
        }

        var text = new StringBuilder(name.Length);
        var upper = false;
        foreach (var c in name)
        {
            if (c == '_')
            {
                upper = text.Length > 0;
            }
            else
            {
                text.Append(upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
        }

        return text.ToString();
    }

    public static string ToSnake(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
            {
                text.Append('_').Append(char.ToLowerInvariant(c));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }
}
