using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Files;
using Slipway.Registry.Signing;

namespace Slipway.Registry.Service;

/// <inheritdoc cref="IModelFolders"/>
internal sealed class ModelFolders(IDatabase database, VersionFiles files, VersionInspector inspector, VersionSigner signer) : IModelFolders
{
    public async Task<Result<ModelFolder>> FindAsync(string ns, string model, int version, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad;
        }

        if (await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, version), cancellation) is not { } row)
        {
            return Problem.NotFound($"version {version} of model {model} in namespace {ns}");
        }

        if (MlflowRules.IsPrompt(row.TagMap))
        {
            return new Problem(ProblemCode.Unsupported, $"version {version} of {model} is a prompt, not a model");
        }

        if (!(await inspector.InspectAsync(row, cancellation)).TryGet(out var seen, out var problem)
            || !(await files.ListAsync(seen, cancellation)).TryGet(out var all, out problem))
        {
            return problem;
        }

        var told = seen.ToVersion();
        return VersionSigner.Check(await signer.KeyAsync(cancellation), told) is { } forged ? forged : new ModelFolder(told, all);
    }
}
