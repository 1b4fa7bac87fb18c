using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources.Kinds;

namespace Slipway.Platform.Resources.Storage;

/// <summary>
/// Removes what has lost its owner, empties namespaces that are being deleted, and lets owners go that waited for their dependents.
/// Level-triggered: every pass looks at what is there, so missed events and restarts cost nothing, and two replicas at work do no harm.
/// </summary>
internal sealed partial class GarbageCollector(
    ResourceStore store, KindCatalog kinds, IDatabase database, IEventLog log, TimeProvider time, ILogger<GarbageCollector> logger) : BackgroundService
{
    private const string Manager = "garbage-collector";

    /// <summary>Rows looked at in one go.</summary>
    private const int Batch = 500;

    /// <summary>A pass that removes nothing but has something left to wait for is not repeated sooner.</summary>
    private static readonly TimeSpan Resync = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ResourceKind> _kinds = kinds.All.Append(CoreKinds.Namespace).DistinctBy(k => k.SubjectPrefix).ToDictionary(k => k.SubjectPrefix);

    // One place: while a pass runs, any number of events ask for one more.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Works until nothing is left that could be done now. Returns how many objects it changed or removed.</summary>
    public async Task<int> PassAsync(CancellationToken cancellation)
    {
        var total = 0;
        while (true)
        {
            var done = await DropOwnerlessAsync(cancellation) + await HelpDeletingAsync(cancellation);
            if (done == 0)
            {
                return total;
            }

            total += done;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(ListenAsync(stoppingToken), WorkAsync(stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        var head = await log.HeadAsync(cancellation);
        await foreach (var e in log.FollowAsync(head, new EventFilter("resource."), cancellation))
        {
            // A deletion, or the mark of one: the text is looked for in the bytes, since most events are neither.
            if (e.Type == "resource.deleted" || e.Payload.Span.IndexOf("\"deletionTimestamp\""u8) >= 0)
            {
                _wake.Writer.TryWrite(true);
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await PassAsync(cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogPassFailed(logger, e);
            }

            using var late = new CancellationTokenSource(Resync, time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
            try
            {
                await _wake.Reader.ReadAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // The resync, or the end; the loop's condition tells.
            }
        }
    }

    private async Task<int> DropOwnerlessAsync(CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => OwnerStore.OwnerlessAsync(session, Batch), cancellation);
        var done = 0;
        foreach (var row in rows.DistinctBy(r => (r.Kind, r.Namespace, r.Name)))
        {
            if (_kinds.TryGetValue(row.Kind, out var kind))
            {
                done += await DropOneAsync(kind, row.ToResource(), cancellation) ? 1 : 0;
            }
        }

        return done;
    }

    private async Task<bool> DropOneAsync(ResourceKind kind, Resource resource, CancellationToken cancellation)
    {
        var owners = (resource.Metadata["ownerReferences"] as JsonArray ?? []).Select(o => (string?)o?["uid"] ?? "").ToList();
        var alive = await database.ReadAsync(
            async (session, _) =>
            {
                var found = new HashSet<string>();
                foreach (var uid in owners)
                {
                    if (await OwnerStore.LivesAsync(session, uid))
                    {
                        found.Add(uid);
                    }
                }

                return found;
            },
            cancellation);
        if (alive.Count == 0)
        {
            return await DeleteAsync(kind, resource, DeletionPropagation.Background, cancellation);
        }

        // Another owner still holds it: it only forgets the one that went.
        foreach (var gone in owners.Where(uid => !alive.Contains(uid)))
        {
            ResourceStore.DropOwner(resource.Json, gone);
        }

        return (await store.UpdateAsync(kind, resource, new WriteOptions(Manager, Strict: false), cancellation)).Succeeded;
    }

    private async Task<int> HelpDeletingAsync(CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => ResourceRowStore.DeletingAsync(session, Batch), cancellation);
        var done = 0;
        foreach (var row in rows)
        {
            if (row.Kind == CoreKinds.Namespace.SubjectPrefix)
            {
                done += await EmptyNamespaceAsync(row.Name, cancellation);
            }
            else if (_kinds.TryGetValue(row.Kind, out var kind) && row.ToResource() is var resource && Bookkeeping.Finalizers(resource.Json).Contains(ResourceStore.ForegroundFinalizer))
            {
                done += await HelpForegroundAsync(kind, resource, cancellation);
            }
        }

        return done;
    }

    private async Task<int> EmptyNamespaceAsync(string name, CancellationToken cancellation)
    {
        var done = 0;
        var rows = await database.ReadAsync((session, _) => ResourceRowStore.InNamespaceAsync(session, name, Batch), cancellation);
        foreach (var row in rows)
        {
            if (_kinds.TryGetValue(row.Kind, out var kind) && row.ToResource() is { IsDeleting: false } resource)
            {
                done += await DeleteAsync(kind, resource, DeletionPropagation.Background, cancellation) ? 1 : 0;
            }
        }

        var finished = await store.FinishNamespaceAsync(name, cancellation);
        return done + (finished.TryGet(out var gone, out _) && gone ? 1 : 0);
    }

    private async Task<int> HelpForegroundAsync(ResourceKind kind, Resource owner, CancellationToken cancellation)
    {
        var done = 0;
        var blocked = false;
        var rows = await database.ReadAsync((session, _) => OwnerStore.DependentsAsync(session, owner.Uid, Batch), cancellation);
        foreach (var row in rows)
        {
            var dependent = row.ToResource();
            blocked |= Blocks(dependent, owner.Uid);
            if (!dependent.IsDeleting && _kinds.TryGetValue(row.Kind, out var dependentKind))
            {
                done += await DeleteAsync(dependentKind, dependent, DeletionPropagation.Foreground, cancellation) ? 1 : 0;
            }
        }

        if (blocked)
        {
            return done;
        }

        owner.Metadata["finalizers"] = new JsonArray(
            [.. Bookkeeping.Finalizers(owner.Json).Where(f => f != ResourceStore.ForegroundFinalizer).Select(f => JsonValue.Create(f))]);
        var released = await store.UpdateAsync(kind, owner, new WriteOptions(Manager, Strict: false), cancellation);
        return done + (released.Succeeded ? 1 : 0);
    }

    private static bool Blocks(Resource dependent, string uid) =>
        (dependent.Metadata["ownerReferences"] as JsonArray ?? []).Any(o => (string?)o?["uid"] == uid && (bool?)o["blockOwnerDeletion"] == true);

    private async Task<bool> DeleteAsync(ResourceKind kind, Resource resource, DeletionPropagation propagation, CancellationToken cancellation)
    {
        // The uid makes sure that an object made anew under the same name is left alone.
        var options = new DeleteOptions(Manager, propagation) { PreconditionUid = resource.Uid };
        return (await store.DeleteAsync(kind, resource.Namespace, resource.Name, options, cancellation)).Succeeded;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A pass of the garbage collector failed; the next one tries again")]
    private static partial void LogPassFailed(ILogger logger, Exception e);
}
