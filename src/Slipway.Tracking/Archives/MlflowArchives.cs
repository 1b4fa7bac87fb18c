using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Archives.Databases;
using Slipway.Tracking.Archives.Files;
using Slipway.Tracking.Archives.Folders;

namespace Slipway.Tracking.Archives;

/// <summary>Tells from what the source looks like which kind of store it is.</summary>
internal sealed class MlflowArchives : IMlflowArchives
{
    public async Task<Result<IMlflowArchive>> OpenAsync(string source, string? artifacts, string? workspace, CancellationToken cancellation)
    {
        if (source.StartsWith("postgres", StringComparison.Ordinal))
        {
            return Connection(source).TryGet(out var connection, out var wrong)
                ? await MlflowDatabaseStore.OpenAsync(
                    await MlflowTablesStore.OpenPostgresAsync(connection, cancellation), new ArtifactFolders(artifacts, Directory.GetCurrentDirectory()), workspace, cancellation)
                : wrong;
        }

        var path = Path.GetFullPath(source.StartsWith("sqlite:", StringComparison.Ordinal) ? SqlitePath(source) : source.StartsWith("file://", StringComparison.Ordinal) ? source[7..] : source);
        if (Directory.Exists(path))
        {
            // A folder that holds mlruns or a database was meant as well.
            var (inner, database) = (Path.Join(path, "mlruns"), Path.Join(path, "mlflow.db"));
            if (File.Exists(database))
            {
                path = database;
            }
            else
            {
                path = Directory.Exists(inner) && !Directory.Exists(Path.Join(path, "0")) ? inner : path;
                return MlrunsFolder.Open(path, Folders(path, artifacts));
            }
        }

        return File.Exists(path)
            ? await MlflowDatabaseStore.OpenAsync(await MlflowTablesStore.OpenSqliteAsync(path, cancellation), Folders(path, artifacts), workspace, cancellation)
            : Problem.NotFound($"{path} (name an mlruns folder, a SQLite file or postgresql://user:password@host/database)");
    }

    public async Task<Result<IMlflowArchiveWriter>> CreateAsync(string target, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(target);
        if (File.Exists(path) || Directory.Exists(path))
        {
            return Problem.AlreadyExists($"{path} (an export writes a new file or folder)");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (path.EndsWith(".db", StringComparison.Ordinal))
            {
                return await MlflowExportStore.CreateAsync(path, cancellation);
            }

            if (Directory.Exists(path + ".partial"))
            {
                Directory.Delete(path + ".partial", recursive: true);
            }

            return new MlrunsWriter(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot write {path}: {fault.Message}");
        }
    }

    // mlflow server keeps proxied artifacts in ./mlartifacts unless told otherwise.
    private static ArtifactFolders Folders(string source, string? artifacts)
    {
        var home = Path.GetDirectoryName(source.TrimEnd('/')) ?? "/";
        var beside = Path.Join(home, "mlartifacts");
        return new ArtifactFolders(artifacts ?? (Directory.Exists(beside) ? beside : null), home);
    }

    // sqlite:///relative.db and sqlite:////absolute.db, as SQLAlchemy has it.
    private static string SqlitePath(string url) => url.StartsWith("sqlite:///", StringComparison.Ordinal) ? url["sqlite:///".Length..] : url["sqlite:".Length..];

    // SQLAlchemy names the driver: postgresql+psycopg2://...
    private static Result<string> Connection(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return Problem.Invalid("the address is not of the form postgresql://user:password@host:5432/database");
        }

        return DatabaseUrl.Parse("postgres" + url[scheme..]).Select(parsed => ((DatabaseUrl.PostgreSql)parsed).ConnectionString);
    }
}
