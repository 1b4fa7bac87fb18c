using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Lineage;

/// <summary>What an artifact came from and what was made of it: contents by digest, executions by run and path, and who gave what to whom.</summary>
/// <param name="Cut">There is more than was walked.</param>
internal sealed record LineageGraph(IReadOnlyList<ArtifactRow> Edges, bool Cut);

internal enum LineageDirection
{
    Up,
    Down,
    Both,
}

/// <summary>Walks from a content over the executions that wrote and read it. Equal bytes are one content, whoever made them.</summary>
internal sealed class LineageWalk(RunStore store)
{
    private const int MostEdges = 5_000;

    // Of one step of the walk, so that a statement's list stays within what databases take.
    private const int MostAtOnce = 200;

    /// <param name="depth">Executions between the artifact and the furthest one.</param>
    public async Task<LineageGraph> FromAsync(string ns, string digest, LineageDirection direction, int depth, CancellationToken cancellation)
    {
        var edges = new Dictionary<(string, string, string, string, long), ArtifactRow>();
        var cut = false;
        if (direction != LineageDirection.Down)
        {
            cut |= await WalkAsync(ns, digest, "out", "in", depth, edges, cancellation);
        }

        if (direction != LineageDirection.Up)
        {
            cut |= await WalkAsync(ns, digest, "in", "out", depth, edges, cancellation);
        }

        return new LineageGraph([.. edges.Values.OrderBy(e => e.Created).ThenBy(e => e.RunId, StringComparer.Ordinal).ThenBy(e => e.Path, StringComparer.Ordinal)], cut);
    }

    /// <summary>Backwards: executions that wrote the contents, and on with what those read. Forwards the other way round.</summary>
    private async Task<bool> WalkAsync(
        string ns, string digest, string near, string far, int depth, Dictionary<(string, string, string, string, long), ArtifactRow> edges, CancellationToken cancellation)
    {
        var seenDigests = new HashSet<string>(StringComparer.Ordinal) { digest };
        var seenExecutions = new HashSet<(string, string)>();
        var next = new List<string> { digest };
        for (var level = 0; next.Count > 0; level++)
        {
            if (level == depth || edges.Count >= MostEdges)
            {
                return true;
            }

            var executions = new List<(string Run, string Path)>();
            foreach (var digests in next.Chunk(MostAtOnce))
            {
                foreach (var row in (await store.WithDigestAsync(ns, digests, MostEdges, cancellation)).Where(r => r.Direction == near))
                {
                    edges.TryAdd(KeyOf(row), row);
                    if (seenExecutions.Add((row.RunId, row.Path)))
                    {
                        executions.Add((row.RunId, row.Path));
                    }
                }
            }

            next = [];
            foreach (var (run, path) in executions)
            {
                foreach (var row in (await store.OfExecutionAsync(run, path, cancellation)).Where(r => r.Direction == far))
                {
                    edges.TryAdd(KeyOf(row), row);
                    if (row.Digest is { } found && seenDigests.Add(found))
                    {
                        next.Add(found);
                    }
                }
            }
        }

        return false;
    }

    private static (string, string, string, string, long) KeyOf(ArtifactRow row) => (row.RunId, row.Path, row.Direction, row.Name, row.Position);
}
