using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;
using Slipway.Serving.Runtimes.Remote;

namespace Slipway.Serving.Reconciling;

/// <param name="Model">Registered model; empty for a file.</param>
/// <param name="Version">Registered version, or that of a file which a load brought along; 0 for other files.</param>
/// <param name="Digest">Of the ONNX file, or of the folder's manifest.</param>
/// <param name="AliasSequence">Sequence of the alias assignment this was resolved from; null without an alias.</param>
/// <param name="Format">What to open it as.</param>
internal sealed record ResolvedModel(string Model, int Version, string Digest, long? AliasSequence, string Format);

/// <summary>Finds out which bytes a storageUri means at this moment, and what they are to be opened as.</summary>
internal sealed class ModelResolver(IModelRegistry registry, IEnumerable<IModelFolders> folders, FileModels files, RemoteModels remotes, ManifestStore manifests)
{
    /// <param name="format">What the service says the model is.</param>
    public async Task<Result<ResolvedModel>> ResolveAsync(string ns, StorageUri source, string format, CancellationToken cancellation)
    {
        switch (source)
        {
            case StorageUri.Aliased aliased:
                // Read as one assignment, so that version and sequence belong together however often the alias moves.
                var assignment = await registry.GetAliasAsync(ns, aliased.Model, aliased.Alias, cancellation);
                return assignment?.Version is { } pointed
                    ? await VersionAsync(ns, aliased.Model, pointed, assignment.Sequence, format, cancellation)
                    : new Problem(
                        ProblemCode.NotFound,
                        $"Alias '{aliased.Alias}' of model '{aliased.Model}' in namespace '{ns}' not found; point it at a version (set_registered_model_alias of MLflow's client), or name a version: models:/{aliased.Model}/1");
            case StorageUri.Numbered numbered:
                return await VersionAsync(ns, numbered.Model, numbered.Version, null, format, cancellation);
            case StorageUri.Remote remote when format == ModelFormats.Remote:
                return (await remotes.DescribeAsync(remote, cancellation)).Select(digest => new ResolvedModel("", 0, digest, null, format));
            default:
                var imported = await files.ImportAsync(source, format, cancellation);
                return imported.Select(model => new ResolvedModel("", source is StorageUri.Stored sent ? sent.Version : 0, model.Digest, null, model.Format));
        }
    }

    public Task<Result<ResolvedModel>> ResolveVersionAsync(string ns, string model, int version, string format, CancellationToken cancellation) =>
        VersionAsync(ns, model, version, null, format, cancellation);

    private async Task<Result<ResolvedModel>> VersionAsync(string ns, string model, int version, long? sequence, string asked, CancellationToken cancellation)
    {
        if (asked == ModelFormats.Onnx || folders.FirstOrDefault() is not { } found)
        {
            var loadable = await registry.GetLoadableAsync(ns, model, version, cancellation);
            return loadable.Then<ResolvedModel>(v => Format(v, asked).Select(f => new ResolvedModel(model, v.Version, v.ArtifactDigest, sequence, f)));
        }

        if (!(await found.FindAsync(ns, model, version, cancellation)).TryGet(out var folder, out var problem) || !Format(folder.Version, asked).TryGet(out var format, out problem))
        {
            return problem;
        }

        if (format == ModelFormats.Onnx)
        {
            return new ResolvedModel(model, version, folder.Version.ArtifactDigest, sequence, format);
        }

        var manifest = ModelManifest.Of(folder.Files.Where(f => !ModelManifest.IsLitter(f.Path)).Select(f => new ManifestFile(f.Path, f.Bytes, f.Sha256)));
        return (await manifests.KeepAsync(manifest, cancellation)).Select(digest => new ResolvedModel(model, version, digest, sequence, format));
    }

    private static Result<string> Format(ModelVersion version, string asked)
    {
        var chosen = ModelFormats.Choose(asked, version.Format, version.Facts.Flavors);
        return chosen.Succeeded ? chosen : chosen.Problem with { Message = $"Version {version.Version} of model '{version.Model}' {chosen.Problem.Message}" };
    }
}
