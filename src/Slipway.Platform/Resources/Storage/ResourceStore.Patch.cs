using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Resources.Fields;
using Slipway.Platform.Resources.Patches;

namespace Slipway.Platform.Resources.Storage;

internal sealed partial class ResourceStore
{
    public async Task<Result<Resource>> PatchAsync(
        ResourceKind kind, string ns, string name, PatchType type, JsonNode patch, string? subresource, WriteOptions options, CancellationToken cancellation)
    {
        if (subresource is { Length: > 0 } && (subresource != "status" || !kind.HasStatus))
        {
            return NoStatus(kind);
        }

        ns = Scope(kind, ns);
        patch = ResourceBody.Fresh(patch);
        var sub = subresource ?? "";
        if (type == PatchType.Apply)
        {
            return await ApplyPatchAsync(kind, ns, name, patch, sub, options, cancellation);
        }

        if (!CanExist(kind, ns, name))
        {
            return Missing(kind, name);
        }

        return await ChangeAsync(
            options.DryRun,
            async (read, write) =>
            {
                if (await ResourceRowStore.FindAsync(read, kind.SubjectPrefix, ns, name) is not { } row)
                {
                    return Missing(kind, name);
                }

                var live = ResourceBody.Read(row.Body, row.Version);
                return Patched(kind, live, type, patch).TryGet(out var given, out var problem)
                    ? await WriteOverAsync(kind, row, live, given, sub, options, write)
                    : problem;
            },
            cancellation);
    }

    private static Result<JsonObject> Patched(ResourceKind kind, JsonObject live, PatchType type, JsonNode patch)
    {
        var result = type switch
        {
            PatchType.Json => JsonPatch.Apply(live, patch),
            PatchType.Merge => Result.From(MergePatch.Apply(live, patch)),
            _ => patch is JsonObject changes
                ? StrategicPatch.Apply(live, changes, kind.SchemaOf())
                : Problem.Invalid("a strategic merge patch is an object with the members to change"),
        };
        if (!result.TryGet(out var node, out var problem))
        {
            return problem;
        }

        if (node is not JsonObject obj)
        {
            return Problem.Invalid("the patch does not leave an object");
        }

        if (Admission.Outline(kind, obj) is { } malformed)
        {
            return malformed;
        }

        foreach (var fixedName in (ReadOnlySpan<string>)["name", "namespace"])
        {
            if ((string?)obj["metadata"]![fixedName] != (string?)live["metadata"]![fixedName])
            {
                return Problem.Invalid([new Fault($"metadata.{fixedName}", "Invalid value: field is immutable; create another object instead")]);
            }
        }

        return obj;
    }

    private async Task<Result<Resource>> ApplyPatchAsync(
        ResourceKind kind, string ns, string name, JsonNode patch, string subresource, WriteOptions options, CancellationToken cancellation)
    {
        if (patch is not JsonObject whole)
        {
            return Problem.Invalid("server-side apply takes an object with apiVersion, kind, metadata.name and the fields to own");
        }

        var wanted = (JsonObject)whole.DeepClone();
        if (Admission.Outline(kind, wanted) is { } malformed)
        {
            return malformed;
        }

        var metadata = (JsonObject)wanted["metadata"]!;
        if (metadata["managedFields"] is JsonArray { Count: > 0 })
        {
            return Problem.Invalid("metadata.managedFields must be nil in an apply");
        }

        if (((string?)metadata["name"] ?? name) != name || (kind.Namespaced && ((string?)metadata["namespace"] ?? ns) != ns))
        {
            return Problem.Invalid($"the name and namespace of the object ({metadata["namespace"]}/{metadata["name"]}) do not match those of the request ({ns}/{name})");
        }

        metadata["name"] = name;
        if (kind.Namespaced)
        {
            metadata["namespace"] = ns;
        }

        if (Admission.Prune(kind, wanted, options) is { } unknown)
        {
            return unknown;
        }

        kind.Normalise?.Invoke(wanted);
        return await ChangeAsync(
            options.DryRun, (read, write) => ApplyInAsync(kind, ns, name, (JsonObject)wanted.DeepClone(), subresource, options, read, write), cancellation);
    }

    private async Task<Result<Resource>> ApplyInAsync(
        ResourceKind kind, string ns, string name, JsonObject wanted, string subresource, WriteOptions options, IReadSession read, IWriteSession? write)
    {
        var row = CanExist(kind, ns, name) ? await ResourceRowStore.FindAsync(read, kind.SubjectPrefix, ns, name) : null;
        if (row is null && subresource.Length > 0)
        {
            return Missing(kind, name);
        }

        var live = row is null ? null : ResourceBody.Read(row.Body, row.Version);
        if (live is not null && (string?)wanted["metadata"]!["resourceVersion"] is { Length: > 0 } version && version != (string?)live["metadata"]!["resourceVersion"])
        {
            return Stale(kind, name);
        }

        var writer = Writer(kind, options, apply: true, subresource);
        var applied = live is null
            ? ServerSideApply.Run([], Reduce(kind, wanted, subresource), [], kind.SchemaOf(), writer, options.Force)
            : ServerSideApply.Run(
                live, Reduce(kind, wanted, subresource), ManagedFields.Read(live), kind.SchemaOf(), writer, options.Force, LastApplied.Yielded(live, writer, kind.SchemaOf()));
        if (!applied.TryGet(out var outcome, out var conflict))
        {
            return conflict;
        }

        var after = outcome.Object;
        if (live is null || row is null)
        {
            after["apiVersion"] = kind.ApiVersion;
            after["kind"] = kind.Kind;
            var metadata = after["metadata"] as JsonObject ?? [];
            after["metadata"] = metadata;
            metadata["name"] = name;
            metadata["namespace"] = ns;
            Bookkeeping.Begin(kind, after, time.GetUtcNow());
            return Admission.Check(kind, after, options) is { } refusedNew ? refusedNew : await InsertAsync(kind, after, outcome.Managers, read, write);
        }

        Bookkeeping.Carry(live, after);
        if (Admission.Check(kind, after, options) is { } refused)
        {
            return refused;
        }

        return await FinishAsync(kind, write, row, live, after, outcome.Managers);
    }

    /// <summary>The part of the caller's object that this request writes.</summary>
    private static JsonObject Reduce(ResourceKind kind, JsonObject wanted, string subresource)
    {
        if (subresource != "status")
        {
            return kind.HasStatus ? FieldSets.Ownable(wanted, "status") : FieldSets.Ownable(wanted);
        }

        var status = new JsonObject();
        Bookkeeping.CarryMember("status", wanted, status);
        return status;
    }
}
