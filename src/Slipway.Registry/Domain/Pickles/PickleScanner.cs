namespace Slipway.Registry.Domain.Pickles;

/// <summary>
/// Follows the opcodes of pickles (protocols 0 to 5) without doing what they say, and tells what loading them would import and call. Several pickles in a row,
/// as torch once wrote them, are followed one after the other.
/// </summary>
internal static class PickleScanner
{
    // torch's old format has five before the raw tensors begin.
    private const int MostInARow = 1_000;

    /// <summary>What was found, each name once, the worst first.</summary>
    public static IReadOnlyList<PickleFinding> Scan(PickleInput input)
    {
        var findings = new PickleFindings();
        for (var pickle = 0; pickle < MostInARow; pickle++)
        {
            var start = input.Position;
            try
            {
                if (!new PickleMachine(input, findings, depth: 0).Run())
                {
                    if (pickle == 0)
                    {
                        findings.Add(PickleLevel.Unreadable, "empty", "there are no bytes", 0);
                    }

                    break;
                }
            }
            catch (PickleFormatException exception)
            {
                // After a whole pickle other data may follow, tensors for instance; before, nothing can be said.
                if (pickle == 0)
                {
                    findings.Add(PickleLevel.Unreadable, "pickle", $"the pickle {exception.Message}", start);
                }

                break;
            }
        }

        return findings.Sorted();
    }
}

/// <summary>Keeps each name once, where it was first met.</summary>
internal sealed class PickleFindings
{
    private const int Most = 500;

    private readonly Dictionary<string, PickleFinding> _found = new(StringComparer.Ordinal);

    public void Import(string module, string name, long offset)
    {
        var (level, why) = PickleRules.Of(module, name);
        Add(level, $"{module}.{name}", why, offset);
    }

    public void Add(PickleLevel level, string what, string why, long offset)
    {
        var shown = Names.Shown(what);
        if (level != PickleLevel.Harmless && !_found.ContainsKey(shown) && (_found.Count < Most || level == PickleLevel.Dangerous))
        {
            _found[shown] = new PickleFinding(level, shown, why, offset);
        }
    }

    public IReadOnlyList<PickleFinding> Sorted() => [.. _found.Values.OrderByDescending(f => f.Level).ThenBy(f => f.Offset)];
}
