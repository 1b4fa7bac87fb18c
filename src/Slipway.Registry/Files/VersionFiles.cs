using System.Globalization;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Files;

/// <summary>The files of any version, wherever they are kept on this server: those Slipway trained, and those that clients logged and registered.</summary>
internal sealed class VersionFiles(IDatabase database, IObjectStore objects, TrainedFiles trained, IEnumerable<IArtifactFiles> artifacts)
{
    private const string OursPrefix = "mlflow-artifacts:/registry/";

    /// <summary>All files, by path. Unsupported: they are where this server cannot look.</summary>
    public async Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(VersionRow row, CancellationToken cancellation)
    {
        if (row.IsOurs)
        {
            return await trained.ListAsync(row, cancellation);
        }

        if (await OursBehindAsync(row, cancellation) is { } behind)
        {
            return await trained.ListAsync(behind, cancellation);
        }

        if (artifacts.FirstOrDefault() is not { } files || !IsKeptHere(row.Storage))
        {
            return NotHere(row);
        }

        return (await files.ListTreeAsync(row.Namespace, row.Storage, cancellation)).TryGet(out var entries, out var problem)
            ? Result.From<IReadOnlyList<ModelVersionFile>>([.. entries.Where(e => !e.IsFolder).Select(e => new ModelVersionFile(e.Path, e.Bytes, e.Sha256))])
            : problem;
    }

    public Task<Result<Stream>> OpenAsync(ModelVersionFile file, CancellationToken cancellation) => objects.OpenAsync(file.Sha256, 0, null, cancellation);

    /// <summary>The version that Slipway trained and this one was copied from by <c>models:/NAME/VERSION</c>; null when it was not.</summary>
    public async Task<VersionRow?> OursBehindAsync(VersionRow row, CancellationToken cancellation)
    {
        if (!row.Storage.StartsWith(OursPrefix, StringComparison.Ordinal) || row.Storage[OursPrefix.Length..].Split('/') is not [var model, var version]
            || !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var behind = await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, row.Namespace, model, number), cancellation);
        return behind is { IsOurs: true } ? behind : null;
    }

    private static bool IsKeptHere(string storage) => Sources.Scheme(storage) is "mlflow-artifacts" or "runs" || Sources.LoggedModel(storage) is not null;

    private static Problem NotHere(VersionRow row) => row.Storage.Length == 0
        ? Problem.NotFound($"files of version {row.Version} of model {row.Model}: nobody has said where they are;")
        : new(
        ProblemCode.Unsupported,
        $"the files of version {row.Version} of model {row.Model} are at {Names.Shown(row.Storage)}, where this server cannot read; log the model to this server's artifact store and register that");
}
