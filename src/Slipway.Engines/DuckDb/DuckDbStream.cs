using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>A result that is computed while it is read. Used by one caller at a time; dispose it.</summary>
public sealed unsafe class DuckDbStream : IDisposable
{
    private readonly DuckDbConnectionHandle _connection;
    private DuckDbResultData _result;
    private bool _ended;
    private bool _disposed;

    internal DuckDbStream(DuckDbConnectionHandle connection, DuckDbResultData result) => (_connection, _result) = (connection, result);

    /// <summary>
    /// The next rows, at least <paramref name="rows"/> of them (chunks of 2,048 are not cut) unless the result ends before; a frame without rows at its end.
    /// </summary>
    /// <exception cref="OperationCanceledException">When the token says so.</exception>
    public Result<Frame> Next(int rows, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancel.ThrowIfCancellationRequested();
        using var interrupt = new DuckDbInterrupt(_connection, cancel);
        fixed (DuckDbResultData* result = &_result)
        {
            if (!DuckDbFrameReader.Readers(result).TryGet(out var readers, out var problem))
            {
                return problem;
            }

            for (var read = 0; read < rows && !_ended;)
            {
                var chunk = DuckDbNative.duckdb_fetch_chunk(_result);
                if (chunk == 0)
                {
                    // The end, or a fault on the way there; to ask on would be a fault of its own.
                    _ended = true;
                    if (DuckDbNative.duckdb_result_error(result) != 0)
                    {
                        return DuckDbErrors.Of(result, cancel);
                    }

                    break;
                }

                read += DuckDbFrameReader.Append(readers, chunk);
                DuckDbNative.duckdb_destroy_data_chunk(&chunk);
                cancel.ThrowIfCancellationRequested();
            }

            return new Frame([.. readers.Select(r => r.Build())]);
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        fixed (DuckDbResultData* result = &_result)
        {
            DuckDbNative.duckdb_destroy_result(result);
        }
    }
}
