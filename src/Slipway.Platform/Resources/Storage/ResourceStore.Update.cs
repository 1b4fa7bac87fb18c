using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Resources.Fields;

namespace Slipway.Platform.Resources.Storage;

internal sealed partial class ResourceStore
{
    public Task<Result<Resource>> UpdateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation) =>
        ReplaceAsync(kind, resource, "", options, cancellation);

    public Task<Result<Resource>> UpdateStatusAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation) =>
        kind.HasStatus
            ? ReplaceAsync(kind, resource, "status", options, cancellation)
            : Task.FromResult<Result<Resource>>(NoStatus(kind));

    private static Problem NoStatus(ResourceKind kind) => Problem.NotFound($"{QualifiedPlural(kind)} has no status subresource; it is");

    private async Task<Result<Resource>> ReplaceAsync(
        ResourceKind kind, Resource resource, string subresource, WriteOptions options, CancellationToken cancellation)
    {
        var given = ResourceBody.Fresh(resource.Json);
        if (Admission.Outline(kind, given) is { } malformed)
        {
            return malformed;
        }

        var (ns, name) = (Scope(kind, resource.Namespace), resource.Name);
        if (!CanExist(kind, ns, name))
        {
            return Missing(kind, name);
        }

        return await ChangeAsync(
            options.DryRun,
            async (read, write) => await ResourceRowStore.FindAsync(read, kind.SubjectPrefix, ns, name) is { } row
                ? await WriteOverAsync(kind, row, ResourceBody.Read(row.Body, row.Version), (JsonObject)given.DeepClone(), subresource, options, write)
                : Missing(kind, name),
            cancellation);
    }

    /// <summary>The common end of replace and of the patches: <paramref name="given"/> takes the place of the stored object, as far as the request may write.</summary>
    private async Task<Result<Resource>> WriteOverAsync(
        ResourceKind kind, ResourceRow row, JsonObject live, JsonObject given, string subresource, WriteOptions options, IWriteSession? write)
    {
        var metadata = (JsonObject)given["metadata"]!;
        if ((string?)metadata["resourceVersion"] is { Length: > 0 } version && version != (string?)live["metadata"]!["resourceVersion"])
        {
            return Stale(kind, row.Name);
        }

        if ((string?)metadata["uid"] is { Length: > 0 } uid && uid != (string?)live["metadata"]!["uid"])
        {
            return Problem.Conflict(
                $"Operation cannot be fulfilled on {QualifiedPlural(kind)} \"{row.Name}\": Precondition failed: UID in precondition: {uid}, UID in object meta: {live["metadata"]!["uid"]}");
        }

        JsonObject after;
        var managers = ManagedFields.ForWrite(live, given);
        if (subresource == "status")
        {
            after = (JsonObject)live.DeepClone();
            Bookkeeping.CarryMember("status", given, after);
        }
        else
        {
            after = given;
            if (kind.HasStatus)
            {
                Bookkeeping.CarryMember("status", live, after);
            }
        }

        Bookkeeping.Carry(live, after);
        if (Admission.Check(kind, after, options) is { } refused)
        {
            return refused;
        }

        if (live["metadata"]!["deletionTimestamp"] is not null && Bookkeeping.Finalizers(after).Except(Bookkeeping.Finalizers(live)).FirstOrDefault() is { } added)
        {
            return Problem.Invalid([new Fault("metadata.finalizers", $"Forbidden: no new finalizers can be added if the object is being deleted, found '{added}'")]);
        }

        managers = UpdateTracking.Track(managers, live, after, kind.SchemaOf(), Writer(kind, options, apply: false, subresource));
        return await FinishAsync(kind, write, row, live, after, managers);
    }
}
