using System.Reflection;
using System.Runtime.InteropServices;
using Slipway.Engines.Loading;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>The functions of DuckDB's stable C API that we use (duckdb.h). State: 0 is success.</summary>
internal static unsafe partial class DuckDbNative
{
    private const string Library = "duckdb";

    private static readonly Lazy<Result<nint>> Loaded = new(static () =>
    {
        var library = NativeLibraries.Load(NativeLibraryFile.DuckDb);
        if (library.Succeeded)
        {
            NativeLibrary.SetDllImportResolver(
                Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? library.Value : 0);
        }

        return library;
    });

    /// <summary>Must have succeeded before any other function here is called.</summary>
    public static Result<nint> Load() => Loaded.Value;

    [LibraryImport(Library)]
    public static partial nint duckdb_library_version();

    [LibraryImport(Library)]
    public static partial int duckdb_create_config(nint* config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_set_config(nint config, string name, string option);

    [LibraryImport(Library)]
    public static partial void duckdb_destroy_config(nint* config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_open_ext(string? path, nint* database, nint config, byte** error);

    [LibraryImport(Library)]
    public static partial void duckdb_close(nint* database);

    [LibraryImport(Library)]
    public static partial int duckdb_connect(DuckDbDatabaseHandle database, nint* connection);

    [LibraryImport(Library)]
    public static partial void duckdb_disconnect(nint* connection);

    [LibraryImport(Library)]
    public static partial void duckdb_interrupt(DuckDbConnectionHandle connection);

    [LibraryImport(Library)]
    public static partial void duckdb_free(void* memory);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_query(DuckDbConnectionHandle connection, string sql, DuckDbResultData* result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_prepare(DuckDbConnectionHandle connection, string sql, nint* statement);

    [LibraryImport(Library)]
    public static partial nint duckdb_prepare_error(nint statement);

    [LibraryImport(Library)]
    public static partial void duckdb_destroy_prepare(nint* statement);

    [LibraryImport(Library)]
    public static partial ulong duckdb_nparams(DuckDbStatementHandle statement);

    [LibraryImport(Library)]
    public static partial int duckdb_clear_bindings(DuckDbStatementHandle statement);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_null(DuckDbStatementHandle statement, ulong index);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_boolean(DuckDbStatementHandle statement, ulong index, byte value);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_int64(DuckDbStatementHandle statement, ulong index, long value);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_double(DuckDbStatementHandle statement, ulong index, double value);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_timestamp(DuckDbStatementHandle statement, ulong index, long micros);

    [LibraryImport(Library)]
    public static partial int duckdb_bind_varchar_length(DuckDbStatementHandle statement, ulong index, byte* text, ulong length);

    [LibraryImport(Library)]
    public static partial int duckdb_execute_prepared(DuckDbStatementHandle statement, DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial int duckdb_execute_prepared_streaming(DuckDbStatementHandle statement, DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial void duckdb_destroy_result(DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial nint duckdb_result_error(DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial int duckdb_result_error_type(DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial ulong duckdb_rows_changed(DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial ulong duckdb_column_count(DuckDbResultData* result);

    [LibraryImport(Library)]
    public static partial nint duckdb_column_name(DuckDbResultData* result, ulong column);

    [LibraryImport(Library)]
    public static partial nint duckdb_column_logical_type(DuckDbResultData* result, ulong column);

    [LibraryImport(Library)]
    public static partial void duckdb_destroy_logical_type(nint* type);

    [LibraryImport(Library)]
    public static partial int duckdb_get_type_id(nint type);

    [LibraryImport(Library)]
    public static partial byte duckdb_decimal_scale(nint type);

    [LibraryImport(Library)]
    public static partial int duckdb_decimal_internal_type(nint type);

    [LibraryImport(Library)]
    public static partial int duckdb_enum_internal_type(nint type);

    [LibraryImport(Library)]
    public static partial uint duckdb_enum_dictionary_size(nint type);

    [LibraryImport(Library)]
    public static partial nint duckdb_enum_dictionary_value(nint type, ulong index);

    [LibraryImport(Library)]
    public static partial nint duckdb_fetch_chunk(DuckDbResultData result);

    [LibraryImport(Library)]
    public static partial void duckdb_destroy_data_chunk(nint* chunk);

    [LibraryImport(Library)]
    public static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(Library)]
    public static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);

    [LibraryImport(Library)]
    public static partial void* duckdb_vector_get_data(nint vector);

    [LibraryImport(Library)]
    public static partial ulong* duckdb_vector_get_validity(nint vector);
}

/// <summary>struct duckdb_result: six words that only DuckDB reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DuckDbResultData
{
    private readonly nint _0, _1, _2, _3, _4, _5;
}
