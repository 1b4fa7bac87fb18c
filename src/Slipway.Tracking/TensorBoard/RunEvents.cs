using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Tracking.TensorBoard;

/// <summary>An event file among a run's artifacts.</summary>
/// <param name="Prefix">The folder that it is in, which TensorBoard takes for the name of a run of its own; empty at the top.</param>
internal sealed record RunEventFile(string Path, string Prefix, EventFile Content);

/// <summary>Finds and reads the event files of runs. What a file holds is kept for a while by its digest, since bytes never change.</summary>
internal sealed class RunEvents(IArtifactFiles artifacts)
{
    private const string Mark = "tfevents";
    private const int MostFiles = 200;
    private const int MostCached = 32;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Digest, EventFile Content)> _recent = new();

    public async Task<Result<IReadOnlyList<RunEventFile>>> ReadAsync(string ns, string runId, CancellationToken cancellation)
    {
        var root = $"runs:/{runId}";
        if (!(await artifacts.ListTreeAsync(ns, root, cancellation)).TryGet(out var entries, out var problem))
        {
            return problem;
        }

        var files = new List<RunEventFile>();
        foreach (var entry in entries.Where(e => !e.IsFolder && e.Path[(e.Path.LastIndexOf('/') + 1)..].Contains(Mark, StringComparison.Ordinal)).Take(MostFiles))
        {
            if (Cached(entry.Sha256) is not { } content)
            {
                if (!(await artifacts.OpenAsync(ns, $"{root}/{entry.Path}", 0, null, cancellation)).TryGet(out var stream, out problem))
                {
                    return problem;
                }

                await using (stream)
                {
                    content = await EventFileReader.ReadAsync(stream, cancellation);
                }

                Keep(entry.Sha256, content);
            }

            var folder = entry.Path.LastIndexOf('/');
            files.Add(new RunEventFile(entry.Path, folder < 0 ? "" : entry.Path[..folder], content));
        }

        return files;
    }

    private EventFile? Cached(string digest)
    {
        lock (_gate)
        {
            for (var node = _recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Digest == digest)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value.Content;
                }
            }

            return null;
        }
    }

    private void Keep(string digest, EventFile content)
    {
        lock (_gate)
        {
            _recent.AddFirst((digest, content));
            if (_recent.Count > MostCached)
            {
                _recent.RemoveLast();
            }
        }
    }
}
