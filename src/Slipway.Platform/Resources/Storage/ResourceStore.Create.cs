using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Resources.Fields;
using Slipway.Platform.Resources.Rules;

namespace Slipway.Platform.Resources.Storage;

internal sealed partial class ResourceStore
{
    /// <summary>No vowels and no look-alikes, as Kubernetes makes its suffixes.</summary>
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    private const int SuffixTries = 8;

    public async Task<Result<Resource>> CreateAsync(ResourceKind kind, Resource resource, WriteOptions options, CancellationToken cancellation)
    {
        var given = ResourceBody.Fresh(resource.Json);
        if (Admission.Outline(kind, given) is { } malformed)
        {
            return malformed;
        }

        var metadata = (JsonObject)given["metadata"]!;
        if (metadata["resourceVersion"] is { } version && (string?)version is { Length: > 0 })
        {
            return Problem.Invalid("resourceVersion should not be set on objects to be created");
        }

        var prefix = (string?)metadata["generateName"] ?? "";
        var generate = ((string?)metadata["name"] ?? "").Length == 0 && prefix.Length > 0;
        for (var tries = 0; ; tries++)
        {
            if (generate)
            {
                // The suffix must fit even after a long prefix.
                metadata["name"] = (prefix.Length > Names.MostNameLength - 5 ? prefix[..(Names.MostNameLength - 5)] : prefix) + Suffix();
            }

            var made = await ChangeAsync(options.DryRun, (read, write) => CreateInAsync(kind, (JsonObject)given.DeepClone(), options, read, write), cancellation);
            if (!generate || made.Succeeded || made.Problem.Code != ProblemCode.AlreadyExists || tries == SuffixTries)
            {
                return made;
            }
        }
    }

    private async Task<Result<Resource>> CreateInAsync(ResourceKind kind, JsonObject obj, WriteOptions options, IReadSession read, IWriteSession? write)
    {
        if (kind.HasStatus && !IsNamespace(kind))
        {
            obj.Remove("status");
        }

        Bookkeeping.Begin(kind, obj, time.GetUtcNow());
        if (Admission.Check(kind, obj, options) is { } refused)
        {
            return refused;
        }

        var managers = UpdateTracking.Track([], [], obj, kind.SchemaOf(), Writer(kind, options, apply: false, ""));
        return await InsertAsync(kind, obj, managers, read, write);
    }

    /// <summary>Stores an object that has passed admission, if its namespace is there and its name is free.</summary>
    private static async Task<Result<Resource>> InsertAsync(
        ResourceKind kind, JsonObject obj, IReadOnlyList<Manager> managers, IReadSession read, IWriteSession? write)
    {
        var resource = new Resource(obj);
        var ns = Scope(kind, resource.Namespace);
        if (kind.Namespaced && await CheckNamespaceAsync(read, ns, resource.Name) is { } refused)
        {
            return refused;
        }

        if (await ResourceRowStore.FindAsync(read, kind.SubjectPrefix, ns, resource.Name) is not null)
        {
            return Problem.AlreadyExists($"{QualifiedPlural(kind)} \"{resource.Name}\"");
        }

        ManagedFields.Write(obj, managers);
        if (write is null)
        {
            return resource;
        }

        var body = ResourceBody.Write(obj);
        var version = await AppendAsync(write, kind, "resource.added", ns, resource.Name, body);
        var row = new ResourceRow(kind.SubjectPrefix, ns, resource.Name, version, body);
        await ResourceRowStore.InsertAsync(write, row, resource.Uid);
        await OwnerStore.SyncAsync(write, row, null, obj);
        return row.ToResource();
    }

    private static async Task<Problem?> CheckNamespaceAsync(IReadSession session, string ns, string name)
    {
        if (!Names.IsDnsLabel(ns))
        {
            return Problem.Invalid([new Fault("metadata.namespace", $"Invalid value: \"{ns}\": a namespace is at most 63 lower-case letters, digits or '-'")]);
        }

        if (await ResourceRowStore.FindAsync(session, Kinds.CoreKinds.Namespace.SubjectPrefix, "", ns) is not { } row)
        {
            return Problem.NotFound($"namespaces \"{ns}\"");
        }

        return row.ToResource().IsDeleting
            ? new Problem(ProblemCode.Forbidden, $"\"{name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated")
            : null;
    }

    private string Suffix() => string.Create(5, _random, static (span, random) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = SuffixAlphabet[random.Next(SuffixAlphabet.Length)];
        }
    });
}
