using System.Runtime.InteropServices;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>Reads a result chunk by chunk (2,048 rows each) into columns.</summary>
internal static unsafe class DuckDbFrameReader
{
    public static Result<Frame> Read(DuckDbResultData* result, CancellationToken cancel)
    {
        if (!Readers(result).TryGet(out var readers, out var problem))
        {
            return problem;
        }

        for (nint chunk; (chunk = DuckDbNative.duckdb_fetch_chunk(*result)) != 0; DuckDbNative.duckdb_destroy_data_chunk(&chunk))
        {
            if (cancel.IsCancellationRequested)
            {
                DuckDbNative.duckdb_destroy_data_chunk(&chunk);
                cancel.ThrowIfCancellationRequested();
            }

            Append(readers, chunk);
        }

        return new Frame([.. readers.Select(r => r.Build())]);
    }

    /// <summary>A reader for each column of the result, for as many rows as are appended to them; Invalid names the columns that cannot be read.</summary>
    public static Result<List<DuckDbColumnReader>> Readers(DuckDbResultData* result)
    {
        var faults = new List<Fault>();
        var readers = new List<DuckDbColumnReader>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (ulong c = 0; c < DuckDbNative.duckdb_column_count(result); c++)
        {
            var name = Marshal.PtrToStringUTF8(DuckDbNative.duckdb_column_name(result, c))!;
            if (!names.Add(name))
            {
                faults.Add(new Fault(name, "two columns of the result have this name; rename one with AS"));
                continue;
            }

            var type = DuckDbNative.duckdb_column_logical_type(result, c);
            if (DuckDbColumnReader.For(name, type) is { } reader)
            {
                readers.Add(reader);
            }
            else
            {
                faults.Add(new Fault(name, $"{(DuckDbType)DuckDbNative.duckdb_get_type_id(type)} cannot be read; cast it, for instance to VARCHAR"));
            }

            DuckDbNative.duckdb_destroy_logical_type(&type);
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : readers;
    }

    /// <summary>The rows of a chunk; how many.</summary>
    public static int Append(List<DuckDbColumnReader> readers, nint chunk)
    {
        var rows = (int)DuckDbNative.duckdb_data_chunk_get_size(chunk);
        for (var c = 0; c < readers.Count; c++)
        {
            var vector = DuckDbNative.duckdb_data_chunk_get_vector(chunk, (ulong)c);
            readers[c].Append(DuckDbNative.duckdb_vector_get_data(vector), DuckDbNative.duckdb_vector_get_validity(vector), rows);
        }

        return rows;
    }
}
