using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>A prepared statement of a connection, to run any number of times.</summary>
public sealed unsafe class DuckDbStatement : IDisposable
{
    private readonly Lock _oneAtATime;
    private readonly DuckDbConnectionHandle _connection;
    private readonly DuckDbStatementHandle _handle;

    internal DuckDbStatement(Lock oneAtATime, DuckDbConnectionHandle connection, DuckDbStatementHandle handle) =>
        (_oneAtATime, _connection, _handle) = (oneAtATime, connection, handle);

    /// <summary>
    /// Runs it and reads the whole result: numbers, decimals and booleans (0 and 1) as doubles; text, enums, UUIDs and times of day as text;
    /// dates and timestamps as instants, those without a zone taken as UTC. Other types (lists, structs, blobs, intervals) are refused
    /// by name: cast them in the query.
    /// </summary>
    public Result<Frame> Query(ReadOnlySpan<DuckDbValue> parameters = default, CancellationToken cancel = default)
    {
        lock (_oneAtATime)
        {
            DuckDbResultData result = default;
            try
            {
                return Run(parameters, &result, cancel) ?? DuckDbFrameReader.Read(&result, cancel);
            }
            finally
            {
                DuckDbNative.duckdb_destroy_result(&result);
            }
        }
    }

    /// <summary>
    /// Runs it and reads the result piece by piece, in memory that does not grow with it; see <see cref="Query"/> for the types. Until the stream is disposed
    /// of, its connection must not be used for anything else.
    /// </summary>
    public Result<DuckDbStream> Stream(ReadOnlySpan<DuckDbValue> parameters = default, CancellationToken cancel = default)
    {
        lock (_oneAtATime)
        {
            DuckDbResultData result = default;
            if (Run(parameters, &result, cancel, streaming: true) is { } problem)
            {
                DuckDbNative.duckdb_destroy_result(&result);
                return problem;
            }

            return new DuckDbStream(_connection, result);
        }
    }

    /// <summary>Runs it; gives the number of rows changed.</summary>
    public Result<long> Execute(ReadOnlySpan<DuckDbValue> parameters = default, CancellationToken cancel = default)
    {
        lock (_oneAtATime)
        {
            DuckDbResultData result = default;
            try
            {
                return Run(parameters, &result, cancel) is { } problem ? problem : (long)DuckDbNative.duckdb_rows_changed(&result);
            }
            finally
            {
                DuckDbNative.duckdb_destroy_result(&result);
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private Problem? Run(ReadOnlySpan<DuckDbValue> parameters, DuckDbResultData* result, CancellationToken cancel, bool streaming = false)
    {
        cancel.ThrowIfCancellationRequested();
        using var interrupt = new DuckDbInterrupt(_connection, cancel);
        var needed = DuckDbNative.duckdb_nparams(_handle);
        if (needed != (ulong)parameters.Length)
        {
            return Problem.Invalid($"The statement has {needed} parameters, {parameters.Length} values were given");
        }

        DuckDbNative.duckdb_clear_bindings(_handle);
        for (var i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].BindTo(_handle, (ulong)i + 1) != 0)
            {
                return Problem.Invalid($"Parameter {i + 1} does not fit its place in the statement");
            }
        }

        var state = streaming ? DuckDbNative.duckdb_execute_prepared_streaming(_handle, result) : DuckDbNative.duckdb_execute_prepared(_handle, result);
        return state == 0 ? null : DuckDbErrors.Of(result, cancel);
    }
}
