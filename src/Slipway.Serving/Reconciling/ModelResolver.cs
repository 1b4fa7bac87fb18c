using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Reconciling;

/// <param name="Model">Registered model; empty for a file.</param>
/// <param name="Version">Registered version; 0 for a file.</param>
/// <param name="AliasSequence">Sequence of the alias assignment this was resolved from; null without an alias.</param>
internal sealed record ResolvedModel(string Model, int Version, string Digest, long? AliasSequence);

/// <summary>Finds out which bytes a storageUri means at this moment.</summary>
internal sealed class ModelResolver(IModelRegistry registry, FileModels files)
{
    private const string Onnx = "onnx";

    public async Task<Result<ResolvedModel>> ResolveAsync(string ns, StorageUri source, CancellationToken cancellation)
    {
        switch (source)
        {
            case StorageUri.Aliased aliased:
                // Read as one assignment, so that version and sequence belong together however often the alias moves.
                var assignment = await registry.GetAliasAsync(ns, aliased.Model, aliased.Alias, cancellation);
                return assignment?.Version is { } pointed
                    ? await VersionAsync(ns, aliased.Model, pointed, assignment.Sequence, cancellation)
                    : Problem.NotFound($"Alias '{aliased.Alias}' of model '{aliased.Model}' in namespace '{ns}'");
            case StorageUri.Numbered numbered:
                return await VersionAsync(ns, numbered.Model, numbered.Version, null, cancellation);
            case StorageUri.LocalFile file:
                var imported = await files.ImportAsync(file.Path, cancellation);
                return imported.Select(digest => new ResolvedModel("", 0, digest, null));
            default:
                throw new InvalidOperationException($"No way to resolve {source}");
        }
    }

    public Task<Result<ResolvedModel>> ResolveVersionAsync(string ns, string model, int version, CancellationToken cancellation) =>
        VersionAsync(ns, model, version, null, cancellation);

    private async Task<Result<ResolvedModel>> VersionAsync(string ns, string model, int version, long? sequence, CancellationToken cancellation)
    {
        var found = await registry.GetLoadableAsync(ns, model, version, cancellation);
        return found.Then<ResolvedModel>(v => string.Equals(v.Format, Onnx, StringComparison.OrdinalIgnoreCase)
            ? new ResolvedModel(model, v.Version, v.ArtifactDigest, sequence)
            : Problem.Invalid($"Version {v.Version} of model '{model}' is '{v.Format}'; only onnx is served"));
    }
}
