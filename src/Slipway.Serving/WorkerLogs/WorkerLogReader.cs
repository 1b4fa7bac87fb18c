using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.WorkerLogs;

/// <param name="Worker">Such as <c>worker-0</c>.</param>
internal readonly record struct WorkerLine(string Worker, LogLine Line);

/// <summary>What the worker processes of one revision printed: the logs of all of them as one, in the order of time.</summary>
internal sealed class WorkerLogReader(WorkloadLogs logs, ServingFolder folder, TimeProvider time)
{
    /// <summary>Text that one answer holds at most, whatever number of lines is asked for.</summary>
    private const int MostCharacters = 8 << 20;

    /// <summary>How often it is looked whether there are workers that were not there before.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Where the logs of the revision are; without a name, of the newest that has any.</summary>
    /// <param name="component">predictor, or one of <see cref="CodeSpec"/>'s roles.</param>
    public Result<string> Find(string ns, string service, string component, string? revision)
    {
        var owner = component == PredictorComponent ? service : LoadedCode.OwnerOf(service, component);
        var parent = Path.GetDirectoryName(Path.Combine(folder.Logs, ns, owner))!;
        var prefix = owner[..^Path.GetFileName(owner).Length];
        var all = (Directory.Exists(parent) ? Directory.GetDirectories(parent) : []).Select(d => prefix + Path.GetFileName(d))
            .Where(name => Revision.NumberOf(owner, name) is not null).ToList();
        var found = revision is null ? all.MaxBy(name => Revision.NumberOf(owner, name)) : all.Find(name => name == revision);
        return found is not null ? Path.Combine(folder.Logs, ns, found)
            : revision is null ? new Problem(ProblemCode.NotFound, $"There is no log: no {component} of '{service}' has run in worker processes on this server; ONNX models run inside it and print nothing")
            : Problem.NotFound($"The log of revision '{revision}' (there are {(all.Count == 0 ? "none" : string.Join(", ", all.Order(StringComparer.Ordinal)))})");
    }

    public const string PredictorComponent = "predictor";

    /// <summary>The last lines of all workers together.</summary>
    public async Task<IReadOnlyCollection<WorkerLine>> TailAsync(string revision, int lines, CancellationToken cancellation)
    {
        var last = new Queue<WorkerLine>();
        var characters = 0L;
        foreach (var line in (await EndsAsync(revision, lines, cancellation)).SelectMany(worker => worker).OrderBy(l => l.Line.Time))
        {
            last.Enqueue(line);
            characters += line.Line.Text.Length;
            while (last.Count > lines || (characters > MostCharacters && last.Count > 1))
            {
                characters -= last.Dequeue().Line.Text.Length;
            }
        }

        return last;
    }

    /// <summary>The last lines, and then all that come, of workers that start meanwhile too, until it is cancelled.</summary>
    public async IAsyncEnumerable<WorkerLine> FollowAsync(string revision, int lines, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channel = Channel.CreateBounded<WorkerLine>(256);
        var readers = new Dictionary<string, Task>(StringComparer.Ordinal);
        var watch = Task.Run(
            async () =>
            {
                for (var first = true; ; first = false)
                {
                    foreach (var (worker, path) in WorkersOf(revision))
                    {
                        // Its reader ends when the writer is done; if it writes again, what it has read is not read twice.
                        if (!readers.ContainsKey(worker))
                        {
                            var from = first ? await logs.TailOffsetAsync(path, lines, ended.Token) : 0;
                            readers[worker] = PumpAsync(worker, path, from, channel.Writer, ended.Token);
                        }
                    }

                    await Task.Delay(LookEvery, time, ended.Token);
                }
            },
            ended.Token);
        try
        {
            await foreach (var line in channel.Reader.ReadAllAsync(cancellation))
            {
                yield return line;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(readers.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PumpAsync(string worker, string path, long from, ChannelWriter<WorkerLine> to, CancellationToken cancellation)
    {
        while (true)
        {
            await foreach (var line in logs.ReadAsync(path, from, follow: true, cancellation))
            {
                await to.WriteAsync(new WorkerLine(worker, line), cancellation);
                from = line.Next;
            }

            await Task.Delay(LookEvery, time, cancellation);
        }
    }

    private async Task<List<List<WorkerLine>>> EndsAsync(string revision, int lines, CancellationToken cancellation)
    {
        var ends = new List<List<WorkerLine>>();
        foreach (var (worker, path) in WorkersOf(revision))
        {
            var end = new List<WorkerLine>();
            var characters = 0L;
            await foreach (var line in logs.ReadAsync(path, await logs.TailOffsetAsync(path, lines, cancellation), follow: false, cancellation))
            {
                end.Add(new WorkerLine(worker, line));
                characters += line.Text.Length;
                if (characters > 2 * MostCharacters)
                {
                    // Only the end is wanted; halved now and then, so that it costs little.
                    end.RemoveRange(0, end.Count / 2);
                    characters = end.Sum(l => (long)l.Line.Text.Length);
                }
            }

            ends.Add(end);
        }

        return ends;
    }

    private static IEnumerable<(string Worker, string Path)> WorkersOf(string revision) => Directory.Exists(revision)
        ? Directory.GetDirectories(revision, "worker-*").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), path))
        : [];
}
