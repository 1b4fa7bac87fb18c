using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Selection;

namespace Slipway.Platform.Resources;

/// <param name="FieldManager">Who writes, for managed fields; controllers use their name.</param>
/// <param name="DryRun">Everything is checked and answered, nothing is kept.</param>
/// <param name="Strict">Unknown and duplicate fields are errors rather than warnings.</param>
public sealed record WriteOptions(string FieldManager, bool DryRun = false, bool Strict = true)
{
    /// <summary>Server-side apply only: take over fields that other managers own.</summary>
    public bool Force { get; init; }

    /// <summary>Told of every unknown field that a write which is not strict drops.</summary>
    public Action<string>? Warn { get; init; }
}

public enum PatchType
{
    Json,
    Merge,
    /// <summary>Merges lists of our kinds by the key their schema names (x-kubernetes-list-map-keys), else like a merge patch.</summary>
    Strategic,
    Apply,
}

public enum DeletionPropagation
{
    Background,
    Foreground,
    Orphan,
}

public sealed record DeleteOptions(string FieldManager, DeletionPropagation Propagation = DeletionPropagation.Background, bool DryRun = false)
{
    public string? PreconditionUid { get; init; }

    public string? PreconditionResourceVersion { get; init; }
}

/// <param name="Namespace">Null lists across all namespaces.</param>
/// <param name="Limit">0 is no limit.</param>
/// <param name="Continue">The opaque token of the previous page; the whole listing is of one moment (the first page's resourceVersion).</param>
public sealed record ListQuery(string? Namespace = null, LabelSelector? Labels = null, string? FieldSelector = null, int Limit = 0, string? Continue = null);

public sealed record ResourceList(IReadOnlyList<Resource> Items, string ResourceVersion, string? Continue, long? Remaining);

/// <summary>
/// What is wanted, kept in the metadata database: Kubernetes' semantics of create, update, patch, apply and delete, each change one transaction
/// with its event. resourceVersion is the event's sequence number. Controllers and the HTTP API use the same members.
/// </summary>
public interface IResourceStore
{
    Task<Result<Resource>> GetAsync(ResourceKind kind, string ns, string name, CancellationToken cancellation);

    Task<Result<ResourceList>> ListAsync(ResourceKind kind, ListQuery query, CancellationToken cancellation);

    /// <summary>Fills uid, creationTimestamp, generation, resourceVersion; resolves generateName; refuses a missing namespace.</summary>
    Task<Result<Resource>> CreateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation);

    /// <summary>Replaces. With a resourceVersion in the metadata only that version is replaced (Conflict otherwise). Status is left alone.</summary>
    Task<Result<Resource>> UpdateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation);

    /// <summary>Replaces the status alone, with the same optimistic concurrency. No event when nothing changes.</summary>
    Task<Result<Resource>> UpdateStatusAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation);

    /// <param name="subresource">Null or <c>status</c>.</param>
    Task<Result<Resource>> PatchAsync(
        ResourceKind kind, string ns, string name, PatchType type, JsonNode patch, string? subresource, WriteOptions options, CancellationToken cancellation);

    /// <summary>With finalizers left: sets deletionTimestamp. Otherwise removes, and dependents follow by their ownerReferences.</summary>
    Task<Result<Resource>> DeleteAsync(ResourceKind kind, string ns, string name, DeleteOptions options, CancellationToken cancellation);
}

public static class ResourceStoreExtensions
{
    /// <summary>Server-side apply by a controller: creates or updates exactly the fields given, forcing ownership. No event when nothing changes.</summary>
    public static Task<Result<Resource>> ApplyAsync(
        this IResourceStore store, ResourceKind kind, Resource resource, string fieldManager, CancellationToken cancellation) =>
        store.PatchAsync(
            kind, resource.Namespace, resource.Name, PatchType.Apply, resource.Json, null, new WriteOptions(fieldManager) { Force = true }, cancellation);
}
