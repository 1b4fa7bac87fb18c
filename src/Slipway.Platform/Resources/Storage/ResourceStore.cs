using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources.Fields;
using Slipway.Platform.Resources.Rules;

namespace Slipway.Platform.Resources.Storage;

/// <summary><see cref="IResourceStore"/> over the metadata database. One file per verb; this one has what they share.</summary>
internal sealed partial class ResourceStore(IDatabase database, IEventLog log, TimeProvider time, Random? random = null) : IResourceStore
{
    private readonly Random _random = random ?? Random.Shared;

    public Task<Result<Resource>> GetAsync(ResourceKind kind, string ns, string name, CancellationToken cancellation) =>
        !CanExist(kind, ns, name)
            ? Task.FromResult<Result<Resource>>(Missing(kind, name))
            : database.ReadAsync<Result<Resource>>(
                async (session, _) => await ResourceRowStore.FindAsync(session, kind.SubjectPrefix, Scope(kind, ns), name) is { } row
                    ? row.ToResource()
                    : Missing(kind, name),
                cancellation);

    private static string Scope(ResourceKind kind, string ns) => kind.Namespaced ? ns : "";

    /// <summary>Whether such a name could have been stored at all; keeps odd characters away from the database.</summary>
    private static bool CanExist(ResourceKind kind, string ns, string name) => Names.IsSubdomain(name) && (!kind.Namespaced || Names.IsDnsLabel(ns));

    private static string QualifiedPlural(ResourceKind kind) => kind.Group.Length == 0 ? kind.Plural : $"{kind.Plural}.{kind.Group}";

    private static Problem Missing(ResourceKind kind, string name) => Problem.NotFound($"{QualifiedPlural(kind)} \"{name}\"");

    private static Problem Stale(ResourceKind kind, string name) => Problem.Conflict(
        $"Operation cannot be fulfilled on {QualifiedPlural(kind)} \"{name}\": the object has been modified; please apply your changes to the latest version and try again");

    /// <summary>Runs a change: in a write transaction, or on a read snapshot when nothing is to be kept.</summary>
    private Task<Result<Resource>> ChangeAsync(bool dryRun, Func<IReadSession, IWriteSession?, Task<Result<Resource>>> work, CancellationToken cancellation) =>
        dryRun
            ? database.ReadAsync((session, _) => work(session, null), cancellation)
            : database.WriteAsync((session, _) => work(session, session), cancellation);

    /// <summary>
    /// The end of every change of a stored object: notes who owns what, counts the generation, removes what is being deleted and has no
    /// finalizer left, and writes row and event. When nothing changed it writes nothing.
    /// </summary>
    /// <param name="session">Null for a dry run.</param>
    private async Task<Result<Resource>> FinishAsync(
        ResourceKind kind, IWriteSession? session, ResourceRow row, JsonObject before, JsonObject after, IReadOnlyList<Manager> managers)
    {
        ManagedFields.Write(after, managers);
        if (Bookkeeping.WantsSomethingElse(kind, before, after))
        {
            after["metadata"]!["generation"] = ((long?)before["metadata"]!["generation"] ?? 0) + 1;
        }

        if (JsonNode.DeepEquals(before, after))
        {
            return new Resource(before);
        }

        var deleting = after["metadata"]!["deletionTimestamp"] is not null;
        if (deleting && !Bookkeeping.HasFinalizers(after) && !IsNamespace(kind))
        {
            return await RemoveAsync(kind, session, row, before, after);
        }

        if (session is null)
        {
            return new Resource(after);
        }

        var body = ResourceBody.Write(after);
        var version = await AppendAsync(session, kind, "resource.modified", row.Namespace, row.Name, body);
        var next = row with { Version = version, Body = body };
        await ResourceRowStore.ReplaceAsync(session, next, deleting, Micros.Of(time.GetUtcNow()));
        await OwnerStore.SyncAsync(session, next, before, after);
        return next.ToResource();
    }

    private async Task<Resource> RemoveAsync(ResourceKind kind, IWriteSession? session, ResourceRow row, JsonObject before, JsonObject last)
    {
        if (session is null)
        {
            return new Resource(last);
        }

        var body = ResourceBody.Write(last);
        var version = await AppendAsync(session, kind, "resource.deleted", row.Namespace, row.Name, body);
        var gone = row with { Version = version, Body = body };
        await OwnerStore.SyncAsync(session, gone, before, null);
        await ResourceRowStore.RemoveAsync(session, gone, Micros.Of(time.GetUtcNow()));
        return gone.ToResource();
    }

    private static Task<long> AppendAsync(IWriteSession session, ResourceKind kind, string type, string ns, string name, string body) =>
        session.AppendAsync(new EventDraft(type, ns, $"{kind.SubjectPrefix}/{name}", Encoding.UTF8.GetBytes(body)));

    private static bool IsNamespace(ResourceKind kind) => kind.Group.Length == 0 && kind.Kind == "Namespace";

    private Manager Writer(ResourceKind kind, WriteOptions options, bool apply, string subresource) => new(
        options.FieldManager.Length == 0 ? "unknown" : options.FieldManager, apply ? "Apply" : "Update", kind.ApiVersion, subresource)
    {
        Fields = new FieldSet(), Time = Bookkeeping.Stamp(time.GetUtcNow()),
    };
}
