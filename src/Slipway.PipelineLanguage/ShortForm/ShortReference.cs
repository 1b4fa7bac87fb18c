using System.Text.RegularExpressions;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>What the short form's texts refer to.</summary>
internal abstract record ShortReference
{
    private ShortReference()
    {
    }

    public sealed record Parameter(string Name) : ShortReference;

    public sealed record StepOutput(string Step, string Key) : ShortReference;

    public sealed record Matrix(string Key) : ShortReference;

    /// <summary>An input of the step itself.</summary>
    public sealed record Input(string Name) : ShortReference;

    /// <summary>The file or folder of an output of the step itself.</summary>
    public sealed record Output(string Name) : ShortReference;

    public sealed record RunId : ShortReference;
}

/// <summary><c>${{ params.rate }}</c> and its kin in texts.</summary>
internal static partial class ShortReferences
{
    public const string Forms = "${{ params.NAME }}, ${{ steps.STEP.outputs.NAME }}, ${{ matrix.KEY }}, ${{ in.NAME }}, ${{ out.NAME }} or ${{ run.id }}";

    /// <summary>Each reference of a text; the inner text where it cannot be read.</summary>
    public static IEnumerable<(ShortReference? Reference, string Text)> In(string text)
    {
        var after = 0;
        foreach (Match match in Pattern().Matches(text))
        {
            after = match.Index + match.Length;
            yield return (Parse(match.Groups[1].Value), match.Groups[1].Value);
        }

        if (text.IndexOf("${{", after, StringComparison.Ordinal) is >= 0 and var open)
        {
            yield return (null, text[open..]);
        }
    }

    /// <summary>The reference that a text is, when it is one and nothing else.</summary>
    public static ShortReference? Whole(string text) => Pattern().Match(text) is { Success: true } match && match.Length == text.Trim().Length ? Parse(match.Groups[1].Value) : null;

    public static string Replace(string text, Func<ShortReference, string> replace) =>
        Pattern().Replace(text, match => Parse(match.Groups[1].Value) is { } reference ? replace(reference) : match.Value);

    public static ShortReference? Parse(string inner) => Inner().Match(inner) is not { Success: true } m ? null
        : m.Groups["p"].Success ? new ShortReference.Parameter(m.Groups["p"].Value)
        : m.Groups["s"].Success ? new ShortReference.StepOutput(m.Groups["s"].Value, m.Groups["o"].Value)
        : m.Groups["m"].Success ? new ShortReference.Matrix(m.Groups["m"].Value)
        : m.Groups["in"].Success ? new ShortReference.Input(m.Groups["in"].Value)
        : m.Groups["out"].Success ? new ShortReference.Output(m.Groups["out"].Value)
        : new ShortReference.RunId();

    /// <summary>References inside an expression, where they stand without <c>${{ }}</c> between operators; texts in quotes are left alone.</summary>
    public static string ReplaceInExpression(string expression, Func<ShortReference, string> replace) =>
        Token().Replace(expression, match => match.Value[0] is not ('\'' or '"') && Parse(match.Value) is { } reference ? replace(reference) : match.Value);

    [GeneratedRegex(@"\$\{\{\s*(.*?)\s*\}\}", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^(?:params\.(?<p>[\w-]+)|steps\.(?<s>[\w-]+)\.outputs\.(?<o>[\w-]+)|matrix\.(?<m>[\w-]+)|in\.(?<in>[\w-]+)|out\.(?<out>[\w-]+)|run\.id)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Inner();

    [GeneratedRegex(@"'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*""|(?<![\w.])(?:params|steps|matrix|in|run)\.[\w.-]*\w", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
