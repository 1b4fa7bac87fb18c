using System.Runtime.InteropServices;

namespace Slipway.Engines.Onnx;

/// <summary>
/// The C library's heap. It keeps what is freed for its own next allocation, per thread that ever used it: after a model of 4 MB had come and gone 200 times that
/// was some 30 MB, which nobody else could have.
/// </summary>
internal static unsafe class NativeHeap
{
    private static readonly delegate* unmanaged<nuint, int> Trim = Find();

    /// <summary>Gives what is free back to the system; does nothing where the C library has no such call.</summary>
    public static void GiveBack()
    {
        if (Trim is not null)
        {
            Trim(0);
        }
    }

    private static delegate* unmanaged<nuint, int> Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out var trim)
            ? (delegate* unmanaged<nuint, int>)trim
            : null;
}
