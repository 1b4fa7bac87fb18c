using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Objects;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Files;
using Slipway.Registry.Signing;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Service;

/// <inheritdoc cref="IModelRegistry"/>
internal sealed class ModelRegistry(IDatabase database, IObjectStore objects, VersionSigner signer, VersionInspector inspector, TimeProvider time) : IModelRegistry
{
    private const int LongestReason = 10_000;
    private const string Onnx = "onnx";

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

        var key = await signer.SigningKeyAsync(cancellation);
        var change = Change.By(request.Namespace, time);
        return await database.WriteAsync((session, _) => AddAsync(session, change, request, key), cancellation);
    }

    public async Task<Result<ModelVersion>> GetVersionAsync(string ns, string model, int version, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } problem)
        {
            return problem;
        }

        var found = await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, version), cancellation);
        return found is null ? NoVersion(ns, model, version) : (await KnownAsync(found, cancellation)).ToVersion();
    }

    public async Task<Result<ModelVersion>> GetLoadableAsync(string ns, string model, int version, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } problem)
        {
            return problem;
        }

        var found = await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, version), cancellation);
        return found is null ? NoVersion(ns, model, version) : await LoadableAsync(found, cancellation);
    }

    public Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string ns, string model, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.ListVersionsAsync(session, ns, model), cancellation);

    public async Task<Result<ModelVersion>> ResolveAsync(string ns, string modelUri, CancellationToken cancellation)
    {
        if (Requests.Check(ns) is { } badNamespace)
        {
            return badNamespace;
        }

        if (!ModelUri.Parse(modelUri).TryGet(out var uri, out var problem)
            || !(await database.ReadAsync((session, _) => ResolveAsync(session, ns, uri), cancellation)).TryGet(out var row, out problem))
        {
            return problem;
        }

        return await LoadableAsync(row, cancellation);
    }

    public Task<AliasAssignment?> GetAliasAsync(string ns, string model, string alias, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.FindAliasAsync(session, ns, model, alias), cancellation);

    public async Task<Result<AliasAssignment>> SetAliasAsync(
        string ns, string model, string alias, int? version, string actor, string reason, CancellationToken cancellation)
    {
        Fault?[] faults =
        [
            Names.Namespace(ns), Names.Known(model), Names.Alias(alias), Texts.Check("reason", reason, LongestReason),
            version < 1 ? new Fault("version", $"is {version}; versions count from 1") : null,
        ];
        if (faults.Any(f => f is not null))
        {
            return Problem.Invalid([.. faults.OfType<Fault>()]);
        }

        var change = new Change(ns, actor, Change.AsKept(time.GetUtcNow()));
        return await database.WriteAsync((session, _) => MoveAlias.ApplyAsync(session, change, model, alias, version, reason), cancellation);
    }

    public Task<IReadOnlyList<AliasAssignment>> AliasHistoryAsync(string ns, string model, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => RegistryStore.HistoryAsync(session, ns, model), cancellation);

    private static async Task<Result<ModelVersion>> AddAsync(IWriteSession session, Change change, RegisterModelVersion request, SigningKey key)
    {
        var (ns, model) = (request.Namespace, request.Model);
        var isNew = await RegistryStore.AddModelAsync(session, ns, model, request.Author, change.Now);
        await RegistryStore.LockModelAsync(session, ns, model);
        if (await RegistryStore.FindVersionByKeyAsync(session, ns, model, request.IdempotencyKey) is { } before)
        {
            return before;
        }

        if (request.Lineage.ParentVersion is { } parent && await RegistryStore.FindVersionAsync(session, ns, model, parent) is null)
        {
            return Problem.Invalid([new Fault("lineage.parentVersion", $"model {model} has no version {parent}")]);
        }

        if (isNew)
        {
            await CreateModel.TellAsync(session, change, model, "", new Dictionary<string, string>());
        }

        var number = await RegistryStore.RaiseVersionAsync(session, ns, model, change.Now);
        var version = new ModelVersion(ns, model, number, request.ArtifactDigest, request.Format, change.Now)
        {
            Inputs = request.Inputs, Outputs = request.Outputs, Lineage = request.Lineage, Parameters = request.Parameters, Metrics = request.Metrics,
            Tags = request.Tags, Author = request.Author, Description = request.Description, Facts = request.Facts,
        };
        version = version with { Signature = VersionSigner.Sign(key, version) };
        await AddVersion.KeepAsync(session, change, new NewVersion(version, request.IdempotencyKey, await RegistryStore.NextIdAsync(session))
        {
            RunId = request.Lineage.Run ?? "", Inspected = true,
        });
        return version;
    }

    private static async Task<Result<VersionRow>> ResolveAsync(IReadSession session, string ns, ModelUri uri)
    {
        var model = await RegistryStore.FindModelAsync(session, ns, uri.Model);
        if (model is null)
        {
            return Problem.NotFound($"model {uri.Model} in namespace {ns}");
        }

        if (uri is { Alias: null, Version: null })
        {
            // Numbers of deleted versions are not given again, so the newest is not always the last number.
            return (await RegistryStore.ListVersionRowsAsync(session, ns, uri.Model)).FirstOrDefault() is { } latest ? latest : NoVersion(ns, uri.Model, model.LatestVersion);
        }

        var number = uri.Version ?? 0;
        if (uri.Alias is { } alias && !model.Aliases.TryGetValue(alias, out number))
        {
            var known = model.Aliases.Count == 0 ? "it has no aliases" : $"it has {string.Join(", ", model.Aliases.Keys.Order(StringComparer.Ordinal))}";
            return new Problem(ProblemCode.NotFound, $"alias {alias} of model {uri.Model} in namespace {ns} not found; {known}");
        }

        return await RegistryStore.FindVersionRowAsync(session, ns, uri.Model, number) is { } found ? found : NoVersion(ns, uri.Model, number);
    }

    // To look at a version its files need not be there.
    private async Task<VersionRow> KnownAsync(VersionRow row, CancellationToken cancellation) =>
        (await inspector.InspectAsync(row, cancellation)).TryGet(out var seen, out _) ? seen : row;

    private async Task<Result<ModelVersion>> LoadableAsync(VersionRow row, CancellationToken cancellation)
    {
        if (MlflowRules.IsPrompt(row.TagMap))
        {
            return new Problem(ProblemCode.Unsupported, $"version {row.Version} of {row.Model} is a prompt, not a model");
        }

        if (!(await inspector.InspectAsync(row, cancellation)).TryGet(out var seen, out var problem))
        {
            return problem;
        }

        var version = seen.ToVersion();
        if (version.ArtifactDigest.Length == 0)
        {
            var kept = version.Facts.Flavors.Count > 0 ? $"has the flavors {string.Join(", ", version.Facts.Flavors)}" : "holds no ONNX file";
            return new Problem(
                ProblemCode.Unsupported, $"version {row.Version} of model {row.Model} {kept}, so it cannot run as ONNX; serve it with modelFormat mlflow, in a Python worker, or register a version that mlflow.onnx.log_model wrote");
        }

        return VersionSigner.Check(await signer.KeyAsync(cancellation), version) is { } forged ? forged : version;
    }

    private static Problem NoVersion(string ns, string model, int version) => Problem.NotFound($"version {version} of model {model} in namespace {ns}");
}
