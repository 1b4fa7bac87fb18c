using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.DuckDb;

/// <summary>Turns DuckDB's errors into problems, keeping its words.</summary>
internal static unsafe class DuckDbErrors
{
    // enum duckdb_error_type in duckdb.h.
    private const int NotImplemented = 11;
    private const int Interrupted = 29;
    private const int Fatal = 30;
    private const int Internal = 31;
    private const int OutOfMemory = 33;

    /// <exception cref="OperationCanceledException">When the statement was interrupted by the token.</exception>
    public static Problem Of(DuckDbResultData* result, CancellationToken cancel)
    {
        var text = Marshal.PtrToStringUTF8(DuckDbNative.duckdb_result_error(result)) ?? "no text";
        var type = DuckDbNative.duckdb_result_error_type(result);
        if (type == Interrupted)
        {
            cancel.ThrowIfCancellationRequested();
        }

        return type switch
        {
            OutOfMemory => new Problem(ProblemCode.Exhausted, $"{text} (raise the memory limit, or give a folder to spill to)"),
            NotImplemented => new Problem(ProblemCode.Unsupported, text),
            Fatal or Internal => throw new InvalidOperationException($"DuckDB: {text}"),
            _ => Problem.Invalid(text),
        };
    }
}
