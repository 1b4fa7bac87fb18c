using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Resources.Fields;

namespace Slipway.Platform.Resources.Storage;

internal sealed partial class ResourceStore
{
    /// <summary>Held by an owner while its dependents go first.</summary>
    internal const string ForegroundFinalizer = "foregroundDeletion";

    public Task<Result<Resource>> DeleteAsync(ResourceKind kind, string ns, string name, DeleteOptions options, CancellationToken cancellation)
    {
        ns = Scope(kind, ns);
        return !CanExist(kind, ns, name)
            ? Task.FromResult<Result<Resource>>(Missing(kind, name))
            : ChangeAsync(options.DryRun, (read, write) => DeleteInAsync(kind, ns, name, options, read, write), cancellation);
    }

    private async Task<Result<Resource>> DeleteInAsync(
        ResourceKind kind, string ns, string name, DeleteOptions options, IReadSession read, IWriteSession? write)
    {
        if (await ResourceRowStore.FindAsync(read, kind.SubjectPrefix, ns, name) is not { } row)
        {
            return Missing(kind, name);
        }

        var live = ResourceBody.Read(row.Body, row.Version);
        var resource = new Resource(live);
        if ((options.PreconditionUid ?? resource.Uid) != resource.Uid || (options.PreconditionResourceVersion ?? resource.ResourceVersion) != resource.ResourceVersion)
        {
            return Problem.Conflict(
                $"Operation cannot be fulfilled on {QualifiedPlural(kind)} \"{name}\": Precondition failed: the object is uid {resource.Uid}, resourceVersion {resource.ResourceVersion}");
        }

        if (IsNamespace(kind) && name == Kinds.CoreKinds.DefaultNamespace)
        {
            return new Problem(ProblemCode.Forbidden, $"namespaces \"{name}\" is forbidden: this namespace may not be deleted");
        }

        if (options.Propagation == DeletionPropagation.Orphan && write is not null)
        {
            await OrphanAsync(write, resource.Uid);
        }

        var after = (JsonObject)live.DeepClone();
        var hold = IsNamespace(kind) && (await ResourceRowStore.InNamespaceAsync(read, name, 1)).Count > 0;
        if (options.Propagation == DeletionPropagation.Foreground && (await OwnerStore.DependentsAsync(read, resource.Uid, 1)).Count > 0)
        {
            var finalizers = Bookkeeping.Finalizers(live);
            if (!finalizers.Contains(ForegroundFinalizer))
            {
                after["metadata"]!["finalizers"] = new JsonArray([.. finalizers.Append(ForegroundFinalizer)]);
            }
        }

        if (!hold && !Bookkeeping.HasFinalizers(after))
        {
            return await RemoveAsync(kind, write, row, live, live);
        }

        if (!resource.IsDeleting)
        {
            after["metadata"]!["deletionTimestamp"] = Bookkeeping.Stamp(time.GetUtcNow());
            after["metadata"]!["deletionGracePeriodSeconds"] = 0;
            if (IsNamespace(kind))
            {
                after["status"] = new JsonObject { ["phase"] = "Terminating" };
            }
        }

        return await FinishAsync(kind, write, row, live, after, ManagedFields.Read(live));
    }

    /// <summary>Removes a namespace whose content is gone; called by the collector.</summary>
    internal Task<Result<bool>> FinishNamespaceAsync(string name, CancellationToken cancellation) => database.WriteAsync<bool>(
        async (session, _) =>
        {
            var kind = Kinds.CoreKinds.Namespace;
            if (await ResourceRowStore.FindAsync(session, kind.SubjectPrefix, "", name) is not { } row
                || (await ResourceRowStore.InNamespaceAsync(session, name, 1)).Count > 0)
            {
                return false;
            }

            var live = ResourceBody.Read(row.Body, row.Version);
            if (live["metadata"]!["deletionTimestamp"] is null || Bookkeeping.HasFinalizers(live))
            {
                return false;
            }

            await RemoveAsync(kind, session, row, live, live);
            return true;
        },
        cancellation);

    /// <summary>Takes the reference to <paramref name="uid"/> out of every dependent, in the transaction that deletes the owner.</summary>
    private async Task OrphanAsync(IWriteSession session, string uid)
    {
        foreach (var dependent in await OwnerStore.DependentsAsync(session, uid, int.MaxValue))
        {
            var before = ResourceBody.Read(dependent.Body, dependent.Version);
            var after = (JsonObject)before.DeepClone();
            DropOwner(after, uid);
            var body = ResourceBody.Write(after);
            var version = await session.AppendAsync(new Events.EventDraft(
                "resource.modified", dependent.Namespace, $"{dependent.Kind}/{dependent.Name}", System.Text.Encoding.UTF8.GetBytes(body)));
            var next = dependent with { Version = version, Body = body };
            await ResourceRowStore.ReplaceAsync(session, next, after["metadata"]!["deletionTimestamp"] is not null, Micros.Of(time.GetUtcNow()));
            await OwnerStore.SyncAsync(session, next, before, after);
        }
    }

    internal static void DropOwner(JsonObject obj, string uid)
    {
        var metadata = (JsonObject)obj["metadata"]!;
        if (metadata["ownerReferences"] is JsonArray owners)
        {
            var left = owners.Where(o => (string?)o?["uid"] != uid).Select(o => o?.DeepClone()).ToArray();
            metadata.Remove("ownerReferences");
            if (left.Length > 0)
            {
                metadata["ownerReferences"] = new JsonArray(left);
            }
        }
    }
}
