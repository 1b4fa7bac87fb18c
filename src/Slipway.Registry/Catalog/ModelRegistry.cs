using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Objects;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Catalog;

/// <inheritdoc cref="IModelRegistry"/>
internal sealed class ModelRegistry(IDatabase database, IObjectStore objects, TimeProvider time) : IModelRegistry
{
    private const int LongestReason = 10_000;

    public async Task<Result<ModelVersion>> RegisterAsync(RegisterModelVersion request, CancellationToken cancellation)
    {
        var faults = Registration.Check(request);
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        if (await objects.FindAsync(request.ArtifactDigest, cancellation) is null)
        {
            return Problem.Invalid([new Fault("artifactDigest", $"{request.ArtifactDigest} is not in the object store; upload the artifact first")]);
        }

        return await database.WriteAsync((session, _) => AddAsync(session, request), cancellation);
    }

    public async Task<Result<ModelVersion>> GetVersionAsync(string ns, string model, int version, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } problem)
        {
            return problem;
        }

        var found = await database.ReadAsync((session, _) => RegistryStore.FindVersionAsync(session, ns, model, version), cancellation);
        return found is null ? NoVersion(ns, model, version) : found;
    }

    public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string ns, string model, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.ListVersionsAsync(session, ns, model), cancellation);

    public async Task<Result<ModelVersion>> ResolveAsync(string ns, string modelUri, CancellationToken cancellation)
    {
        if (Requests.Check(ns) is { } badNamespace)
        {
            return badNamespace;
        }

        return ModelUri.Parse(modelUri).TryGet(out var uri, out var problem)
            ? await database.ReadAsync((session, _) => ResolveAsync(session, ns, uri), cancellation)
            : problem;
    }

    public Task<AliasAssignment?> GetAliasAsync(string ns, string model, string alias, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.FindAliasAsync(session, ns, model, alias), cancellation);

    public async Task<Result<AliasAssignment>> SetAliasAsync(
        string ns, string model, string alias, int? version, string actor, string reason, CancellationToken cancellation)
    {
        Fault?[] faults =
        [
            Names.Namespace(ns), Names.Model(model), Names.Alias(alias), Registration.Text("reason", reason, LongestReason),
            version < 1 ? new Fault("version", $"is {version}; versions count from 1") : null,
        ];
        if (faults.Any(f => f is not null))
        {
            return Problem.Invalid([.. faults.OfType<Fault>()]);
        }

        return await database.WriteAsync((session, _) => MoveAsync(session, ns, model, alias, version, actor, reason), cancellation);
    }

    public Task<IReadOnlyList<AliasAssignment>> AliasHistoryAsync(string ns, string model, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.HistoryAsync(session, ns, model), cancellation);

    private async Task<Result<ModelVersion>> AddAsync(IWriteSession session, RegisterModelVersion request)
    {
        var now = Now();
        await RegistryStore.AddModelAsync(session, request.Namespace, request.Model, now);
        await RegistryStore.LockModelAsync(session, request.Namespace, request.Model);
        if (await RegistryStore.FindVersionByKeyAsync(session, request.Namespace, request.Model, request.IdempotencyKey) is { } before)
        {
            return before;
        }

        if (request.Lineage.ParentVersion is { } parent
            && await RegistryStore.FindVersionAsync(session, request.Namespace, request.Model, parent) is null)
        {
            return Problem.Invalid([new Fault("lineage.parentVersion", $"model {request.Model} has no version {parent}")]);
        }

        var number = await RegistryStore.RaiseVersionAsync(session, request.Namespace, request.Model, now);
        var version = new ModelVersion(request.Namespace, request.Model, number, request.ArtifactDigest, request.Format, now)
        {
            Inputs = request.Inputs, Outputs = request.Outputs, Lineage = request.Lineage, Parameters = request.Parameters, Metrics = request.Metrics,
            Tags = request.Tags, Author = request.Author, Description = request.Description,
        };
        await RegistryStore.AddVersionAsync(session, version, request.IdempotencyKey);
        await session.AppendAsync(new EventDraft(
            "model.version.created", request.Namespace, $"models/{request.Model}", JsonSerializer.SerializeToUtf8Bytes(version, RegistryJson.Default.ModelVersion)));
        return version;
    }

    private async Task<Result<AliasAssignment>> MoveAsync(
        IWriteSession session, string ns, string model, string alias, int? version, string actor, string reason)
    {
        if (!await RegistryStore.LockModelAsync(session, ns, model))
        {
            return Problem.NotFound($"model {model} in namespace {ns}");
        }

        if (version is { } number && await RegistryStore.FindVersionAsync(session, ns, model, number) is null)
        {
            return NoVersion(ns, model, number);
        }

        var now = Now();
        var current = await RegistryStore.FindAliasAsync(session, ns, model, alias);
        if (current?.Version == version)
        {
            return current ?? await RegistryStore.FindLastOfAliasAsync(session, ns, model, alias)
                ?? new AliasAssignment(model, alias, null, null, actor, reason, now, Sequence: 0);
        }

        var sequence = await RegistryStore.RaiseAliasSequenceAsync(session, ns, model, now);
        var assignment = new AliasAssignment(model, alias, version, current?.Version, actor, reason, now, sequence);
        await RegistryStore.AssignAsync(session, ns, assignment);
        await session.AppendAsync(new EventDraft(
            "model.alias.moved", ns, $"models/{model}", JsonSerializer.SerializeToUtf8Bytes(assignment, RegistryJson.Default.AliasAssignment)) { Actor = actor });
        return assignment;
    }

    private static async Task<Result<ModelVersion>> ResolveAsync(IReadSession session, string ns, ModelUri uri)
    {
        var model = await RegistryStore.FindModelAsync(session, ns, uri.Model);
        if (model is null)
        {
            return Problem.NotFound($"model {uri.Model} in namespace {ns}");
        }

        var number = uri.Version ?? model.LatestVersion;
        if (uri.Alias is { } alias && !model.Aliases.TryGetValue(alias, out number))
        {
            var known = model.Aliases.Count == 0 ? "it has no aliases" : $"it has {string.Join(", ", model.Aliases.Keys.Order(StringComparer.Ordinal))}";
            return new Problem(ProblemCode.NotFound, $"alias {alias} of model {uri.Model} in namespace {ns} not found; {known}");
        }

        var found = await RegistryStore.FindVersionAsync(session, ns, uri.Model, number);
        return found is null ? NoVersion(ns, uri.Model, number) : found;
    }

    private static Problem NoVersion(string ns, string model, int version) => Problem.NotFound($"version {version} of model {model} in namespace {ns}");

    // As the database keeps it, so that what is answered now equals what is read later.
    private DateTimeOffset Now() => Micros.ToTime(Micros.Of(time.GetUtcNow()));
}
