using System.Runtime.InteropServices;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>
/// A connection: runs one statement at a time (a second caller waits). Calls block and use the CPU: from a request, run them on the
/// thread pool. DuckDB's own words come back as Invalid.
/// </summary>
public sealed unsafe class DuckDbConnection : IDisposable
{
    private readonly Lock _oneAtATime = new();
    private readonly DuckDbConnectionHandle _handle;

    internal DuckDbConnection(DuckDbConnectionHandle handle) => _handle = handle;

    /// <summary>Runs one or several statements without parameters; gives the number of rows that the last one changed.</summary>
    public Result<long> Execute(string sql, CancellationToken cancel = default)
    {
        lock (_oneAtATime)
        {
            cancel.ThrowIfCancellationRequested();
            using var interrupt = new DuckDbInterrupt(_handle, cancel);
            DuckDbResultData result = default;
            try
            {
                return DuckDbNative.duckdb_query(_handle, sql, &result) == 0
                    ? (long)DuckDbNative.duckdb_rows_changed(&result)
                    : DuckDbErrors.Of(&result, cancel);
            }
            finally
            {
                DuckDbNative.duckdb_destroy_result(&result);
            }
        }
    }

    /// <summary>Prepares one statement; its parameters are written <c>?</c> or <c>$1</c>.</summary>
    public Result<DuckDbStatement> Prepare(string sql, CancellationToken cancel = default)
    {
        lock (_oneAtATime)
        {
            cancel.ThrowIfCancellationRequested();
            using var interrupt = new DuckDbInterrupt(_handle, cancel);
            nint statement;
            if (DuckDbNative.duckdb_prepare(_handle, sql, &statement) == 0)
            {
                return new DuckDbStatement(_oneAtATime, _handle, new DuckDbStatementHandle(statement));
            }

            var text = Marshal.PtrToStringUTF8(DuckDbNative.duckdb_prepare_error(statement)) ?? "no text";
            DuckDbNative.duckdb_destroy_prepare(&statement);
            cancel.ThrowIfCancellationRequested();
            return Problem.Invalid(text);
        }
    }

    /// <summary>Runs one statement and reads its whole result; see <see cref="DuckDbStatement.Query"/> for the types.</summary>
    public Result<Frame> Query(string sql, ReadOnlySpan<DuckDbValue> parameters = default, CancellationToken cancel = default)
    {
        if (!Prepare(sql, cancel).TryGet(out var statement, out var problem))
        {
            return problem;
        }

        using (statement)
        {
            return statement.Query(parameters, cancel);
        }
    }

    public void Dispose() => _handle.Dispose();
}
