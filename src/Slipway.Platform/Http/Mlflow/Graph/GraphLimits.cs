using System.Globalization;

namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>How much one query may ask for, with MLflow's numbers and words; looked at before its names are.</summary>
internal static class GraphLimits
{
    /// <summary>Fields of one query, whatever its fragments unfold to.</summary>
    public const int MostSelections = 1000;

    private const int MostDeep = 10;
    private const int MostRoots = 10;
    private const int MostAliases = 10;

    /// <exception cref="GraphException">Over a limit.</exception>
    public static void Check(GraphDocument document)
    {
        var (roots, aliases, total) = (0, 0, 0);
        var waiting = new Stack<(IReadOnlyList<GraphSelection> Selections, int Depth)>();
        document.Operations.ToList().ForEach(o => waiting.Push((o.Selections, 1)));
        document.Fragments.Values.ToList().ForEach(f => waiting.Push((f, 2)));
        while (waiting.TryPop(out var level))
        {
            if (level.Depth > MostDeep)
            {
                throw new GraphException(string.Create(CultureInfo.InvariantCulture, $"Query exceeds maximum depth of {MostDeep}"));
            }

            var fields = level.Selections.OfType<GraphField>().ToList();
            if ((total += level.Selections.Count) > MostSelections)
            {
                throw new GraphException(string.Create(CultureInfo.InvariantCulture, $"Query exceeds maximum total selections of {MostSelections}"));
            }

            roots += level.Depth == 1 ? level.Selections.Count : 0;
            aliases = Math.Max(aliases, fields.Count(f => f.Alias is not null));
            fields.Where(f => f.Selections is not null).ToList().ForEach(f => waiting.Push((f.Selections!, level.Depth + 1)));
            level.Selections.OfType<GraphInline>().ToList().ForEach(i => waiting.Push((i.Selections, level.Depth)));
        }

        Most(roots, MostRoots, "root fields");
        Most(aliases, MostAliases, "aliases");
    }

    private static void Most(int count, int most, string what)
    {
        if (count > most)
        {
            throw new GraphException(string.Create(
                CultureInfo.InvariantCulture, $"GraphQL queries should have at most {most} {what}, got {count} {what}. Split the query into several."));
        }
    }
}
