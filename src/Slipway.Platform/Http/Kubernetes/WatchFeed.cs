using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Slipway.Platform.Events;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>
/// One change of a resource, shared by all watchers: the bytes of each wire form are made once, by whoever needs them first.
/// Two watchers may make them at the same time; they then make the same bytes.
/// </summary>
internal sealed class ResourceChange
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly byte[]?[] _lines = new byte[]?[3];
    private JsonObject? _object;
    private byte[]? _table;

    public ResourceChange(Event e)
    {
        var slash = e.Subject.LastIndexOf('/');
        (Sequence, KindPrefix, Namespace, Name, _body) = (e.Sequence, e.Subject[..slash], e.Namespace, e.Subject[(slash + 1)..], e.Payload);
        Type = e.Type switch { "resource.added" => WatchType.Added, "resource.deleted" => WatchType.Deleted, _ => WatchType.Modified };
    }

    public long Sequence { get; }

    public string KindPrefix { get; }

    public string Namespace { get; }

    public string Name { get; }

    public WatchType Type { get; }

    /// <summary>Read-only by convention: it is shared.</summary>
    public JsonObject Object => _object ??= ResourceBody.Read(Encoding.UTF8.GetString(_body.Span), Sequence);

    public byte[] Line(WatchType type) => _lines[(int)type] ??= WatchLine.Of(type, ResourceBody.Text(Encoding.UTF8.GetString(_body.Span), Sequence));

    /// <summary>The line of the usual table form: nearly every table watcher is a kubectl that asks for rows with metadata.</summary>
    public byte[] TableLine(WatchType type, Func<JsonObject, JsonObject> render) =>
        type == Type ? _table ??= WatchLine.Of(type, render(Object).ToJsonString(ObjectAnswer.Plain)) : WatchLine.Of(type, render(Object).ToJsonString(ObjectAnswer.Plain));
}

internal enum WatchType
{
    Added,
    Modified,
    Deleted,
}

internal static class WatchLine
{
    public static byte[] Of(WatchType type, string obj) =>
        Of(type switch { WatchType.Added => "ADDED", WatchType.Deleted => "DELETED", _ => "MODIFIED" }, obj);

    public static byte[] Of(string type, string obj) => Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":{obj}}}\n");
}

/// <summary>
/// Follows the event log once for all watchers. Changes form a linked list: each watcher walks it at its own pace, writers wait for nobody, and
/// what all watchers have passed is garbage.
/// </summary>
internal sealed class WatchFeed(IEventLog log) : BackgroundService
{
    /// <summary>A watcher this far behind is let go: it lists again, which is cheaper than holding the past in memory for it.</summary>
    private const long MostBehind = 50_000;

    private const int ReplayBatch = 500;

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Node? _tail;

    /// <summary>Changes after <paramref name="after"/>, in order, for ever; ends only for a watcher that is too slow. Null stands for "nothing for a while".</summary>
    public async IAsyncEnumerable<ResourceChange?> FollowAsync(
        long after, TimeSpan idle, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await _started.Task.WaitAsync(cancellation);
        var node = Volatile.Read(ref _tail)!;
        var last = after;
        while (last < node.Sequence)
        {
            var events = await log.ReadAsync(last, new EventFilter("resource."), ReplayBatch, cancellation);
            foreach (var e in events)
            {
                last = e.Sequence;
                yield return new ResourceChange(e);
            }

            if (events.Count < ReplayBatch)
            {
                break;
            }
        }

        while (Volatile.Read(ref _tail)!.Index - node.Index < MostBehind)
        {
            if (!node.Next.Task.IsCompleted && !await ArrivesAsync(node, idle, time, cancellation))
            {
                yield return null;
                continue;
            }

            node = await node.Next.Task;
            if (node.Change!.Sequence > last)
            {
                yield return node.Change;
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var head = await log.HeadAsync(stoppingToken);
        _tail = new Node(null, head, 0);
        _started.SetResult();
        try
        {
            await foreach (var e in log.FollowAsync(head, new EventFilter("resource."), stoppingToken))
            {
                var next = new Node(new ResourceChange(e), e.Sequence, _tail.Index + 1);
                var tail = _tail;
                Volatile.Write(ref _tail, next);
                tail.Next.SetResult(next);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private static async Task<bool> ArrivesAsync(Node node, TimeSpan idle, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await node.Next.Task.WaitAsync(idle, time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private sealed record Node(ResourceChange? Change, long Sequence, long Index)
    {
        public TaskCompletionSource<Node> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
