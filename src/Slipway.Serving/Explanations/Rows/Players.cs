using Slipway.Kernel.Problems;

namespace Slipway.Serving.Explanations.Rows;

/// <summary>Who shares the prediction out: every column, or a group of columns that mean one thing to the reader.</summary>
/// <param name="Names">In the order of their first columns.</param>
/// <param name="Of">The player of each column.</param>
/// <param name="Columns">The columns of each player.</param>
internal sealed record Players(IReadOnlyList<string> Names, int[] Of, IReadOnlyList<int[]> Columns)
{
    public int Count => Names.Count;

    public static Result<Players> Make(FeatureSpace space, IReadOnlyDictionary<string, IReadOnlyList<string>> groups)
    {
        var (groupOf, faults) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<Fault>());
        foreach (var (group, members) in groups)
        {
            if (space.Names.Contains(group) && !members.Contains(group))
            {
                faults.Add(new Fault($"groups.{group}", "is the name of a feature that is not in the group"));
            }

            foreach (var member in members)
            {
                if (!space.Names.Contains(member) || !groupOf.TryAdd(member, group))
                {
                    faults.Add(new Fault($"groups.{group}", space.Names.Contains(member)
                        ? $"'{member}' is in another group, too"
                        : $"'{member}' is not a feature; there are {string.Join(", ", space.Names.Take(20))}"));
                }
            }
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        var (names, of) = (new List<string>(), new int[space.Columns]);
        for (var column = 0; column < of.Length; column++)
        {
            var name = groupOf.GetValueOrDefault(space.Names[column], space.Names[column]);
            of[column] = names.IndexOf(name) is >= 0 and var known ? known : names.Count;
            if (of[column] == names.Count)
            {
                names.Add(name);
            }
        }

        return new Players(names, of, [.. Enumerable.Range(0, names.Count).Select(p => Enumerable.Range(0, of.Length).Where(c => of[c] == p).ToArray())]);
    }
}
