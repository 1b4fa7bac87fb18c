namespace Slipway.PipelineLanguage.Checks;

/// <summary>Order and rings in graphs of any size: nothing here calls itself.</summary>
public static class Graphs
{
    /// <summary>A ring, from a node back to itself, or nothing.</summary>
    /// <param name="edges">Each node and those it points to, all of them nodes.</param>
    public static IReadOnlyList<string> FindRing(IReadOnlyDictionary<string, List<string>> edges)
    {
        // What is left when nodes that point nowhere are taken away, again and again, are rings and what points to them.
        var open = edges.ToDictionary(e => e.Key, e => e.Value.Count, StringComparer.Ordinal);
        var pointing = edges.SelectMany(e => e.Value.Select(to => (From: e.Key, To: to))).ToLookup(e => e.To, e => e.From, StringComparer.Ordinal);
        var free = new Queue<string>(open.Where(o => o.Value == 0).Select(o => o.Key));
        while (free.TryDequeue(out var node))
        {
            open.Remove(node);
            foreach (var from in pointing[node])
            {
                if (--open[from] == 0)
                {
                    free.Enqueue(from);
                }
            }
        }

        if (open.Count == 0)
        {
            return [];
        }

        // From any of them every step stays among them, so that the walk must come back to where it was.
        var path = new List<string>();
        var at = new Dictionary<string, int>(StringComparer.Ordinal);
        var current = edges.Keys.First(open.ContainsKey);
        while (at.TryAdd(current, path.Count))
        {
            path.Add(current);
            current = edges[current].First(open.ContainsKey);
        }

        return [.. path.Skip(at[current]), current];
    }
}
