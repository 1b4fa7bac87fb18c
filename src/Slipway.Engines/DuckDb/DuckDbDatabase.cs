using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>A DuckDB database in this process. Any number of connections at once; the last one out closes it.</summary>
public sealed unsafe class DuckDbDatabase : IDisposable
{
    private readonly DuckDbDatabaseHandle _handle;

    private DuckDbDatabase(DuckDbDatabaseHandle handle) => _handle = handle;

    /// <summary>The library's version, such as "v1.5.6"; Unavailable when the library is missing.</summary>
    public static Result<string> LibraryVersion() =>
        DuckDbNative.Load().Select(_ => Marshal.PtrToStringUTF8(DuckDbNative.duckdb_library_version())!);

    /// <summary>Invalid with DuckDB's text for a bad setting or a file that is no database; Unavailable when the library is missing.</summary>
    public static Result<DuckDbDatabase> Open(DuckDbOptions? options = null)
    {
        options ??= new DuckDbOptions();
        if (!DuckDbNative.Load().TryGet(out _, out var problem))
        {
            return problem;
        }

        nint config, database;
        DuckDbNative.duckdb_create_config(&config);
        try
        {
            foreach (var (name, value) in Settings(options))
            {
                if (DuckDbNative.duckdb_set_config(config, name, value) != 0)
                {
                    return Problem.Invalid($"DuckDB does not take {name} = '{value}'");
                }
            }

            byte* error = null;
            if (DuckDbNative.duckdb_open_ext(options.Path, &database, config, &error) != 0)
            {
                var text = Marshal.PtrToStringUTF8((nint)error) ?? "no text";
                DuckDbNative.duckdb_free(error);
                return Problem.Invalid($"The database {options.Path ?? "in memory"} cannot be opened: {text}");
            }
        }
        finally
        {
            DuckDbNative.duckdb_destroy_config(&config);
        }

        var opened = new DuckDbDatabase(new DuckDbDatabaseHandle(database));
        if (Settle(opened, options) is { } refused)
        {
            opened.Dispose();
            return refused;
        }

        return opened;
    }

    public DuckDbConnection Connect()
    {
        nint connection;
        return DuckDbNative.duckdb_connect(_handle, &connection) == 0
            ? new DuckDbConnection(new DuckDbConnectionHandle(connection))
            : throw new InvalidOperationException("DuckDB refused a connection");
    }

    public void Dispose() => _handle.Dispose();

    private static IEnumerable<(string Name, string Value)> Settings(DuckDbOptions options)
    {
        yield return ("autoinstall_known_extensions", "false");
        yield return ("autoload_known_extensions", "false");
        if (options.ReadOnly)
        {
            yield return ("access_mode", "READ_ONLY");
        }

        if (options.MemoryLimit is { } memory)
        {
            yield return ("memory_limit", memory);
        }

        if (options.Threads is { } threads)
        {
            yield return ("threads", threads.ToString(CultureInfo.InvariantCulture));
        }

        if (options.TempDirectory is { } folder)
        {
            yield return ("temp_directory", folder);
        }
    }

    /// <summary>The order matters: the zone is set, folders are named first, then everything else is shut, then the settings are locked.</summary>
    private static Problem? Settle(DuckDbDatabase database, DuckDbOptions options)
    {
        using var connection = database.Connect();

        // Texts and timestamps without a zone mean UTC, whatever the machine's own zone is.
        var refused = connection.Execute("SET GLOBAL TimeZone = 'UTC'").Problem;
        if (refused is not null || options.OnlyFolders is not { } folders)
        {
            return refused;
        }

        var list = string.Join(", ", folders.Select(f => DuckDbText.Literal(f.TrimEnd('/') + "/")));
        return connection.Execute(
            $"SET allowed_directories = [{list}]; SET enable_external_access = false; SET lock_configuration = true").Problem;
    }
}
