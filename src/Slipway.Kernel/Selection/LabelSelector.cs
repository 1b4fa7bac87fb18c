using Slipway.Kernel.Problems;

namespace Slipway.Kernel.Selection;

public enum LabelOperator
{
    Equals,
    NotEquals,
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.Exists => present,
            LabelOperator.DoesNotExist => !present,
            LabelOperator.Equals or LabelOperator.In => present && Values.Contains(value!),
            // As in Kubernetes: a label that is not there satisfies != and notin.
            _ => !present || !Values.Contains(value!),
        };
    }
}

/// <summary>Kubernetes label selectors: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
public sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static LabelSelector Everything { get; } = new([]);

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(r => r.Matches(labels));

    public static Result<LabelSelector> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var requirements = new List<LabelRequirement>();
        foreach (var part in SplitOutsideParentheses(text))
        {
            var parsed = ParseRequirement(part.Trim());
            if (parsed is null)
            {
                return Problem.Invalid($"label selector: cannot read '{part.Trim()}'; write key=value, key!=value, key in (a,b), key notin (a,b), key or !key");
            }

            requirements.Add(parsed);
        }

        return new LabelSelector(requirements);
    }

    private static LabelRequirement? ParseRequirement(string text)
    {
        if (text.EndsWith(')') && text.IndexOf('(') is var open and > 0)
        {
            var head = text[..open].TrimEnd();
            string[] values = [.. text[(open + 1)..^1].Split(',').Select(v => v.Trim())];
            return head switch
            {
                _ when head.EndsWith(" notin", StringComparison.Ordinal) => Make(head[..^6].Trim(), LabelOperator.NotIn, values),
                _ when head.EndsWith(" in", StringComparison.Ordinal) => Make(head[..^3].Trim(), LabelOperator.In, values),
                _ => null,
            };
        }

        if (text.IndexOf("!=", StringComparison.Ordinal) is var unequal and > 0)
        {
            return Make(text[..unequal].Trim(), LabelOperator.NotEquals, [text[(unequal + 2)..].Trim()]);
        }

        if (text.IndexOf('=') is var equal and > 0)
        {
            var value = text[(equal + 1)..];
            return Make(text[..equal].Trim(), LabelOperator.Equals, [(value.StartsWith('=') ? value[1..] : value).Trim()]);
        }

        return text.StartsWith('!') ? Make(text[1..].Trim(), LabelOperator.DoesNotExist, []) : Make(text, LabelOperator.Exists, []);
    }

    private static LabelRequirement? Make(string key, LabelOperator op, string[] values) =>
        key.Length > 0 && !key.AsSpan().ContainsAny(" ()=!,") && !values.Any(v => v.AsSpan().ContainsAny(" ()=!"))
            ? new LabelRequirement(key, op, values)
            : null;

    private static IEnumerable<string> SplitOutsideParentheses(string text)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
