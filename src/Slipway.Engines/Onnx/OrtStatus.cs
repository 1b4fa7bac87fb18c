using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>Turns a status of ONNX Runtime into a problem, and releases it.</summary>
internal static unsafe class OrtStatus
{
    private const int NoSuchFile = 3;
    private const int NotImplemented = 9;

    /// <summary>Null for success; otherwise a problem whose message is <paramref name="doing"/> followed by the runtime's own text.</summary>
    public static Problem? Check(OrtApi api, nint status, string doing)
    {
        if (status == 0)
        {
            return null;
        }

        var code = api.GetErrorCode(status);
        var text = Marshal.PtrToStringUTF8((nint)api.GetErrorMessage(status)) ?? "no text";
        api.ReleaseStatus(status);
        return new Problem(
            code switch { NoSuchFile => ProblemCode.NotFound, NotImplemented => ProblemCode.Unsupported, _ => ProblemCode.Invalid },
            $"{doing}: {text}");
    }

    /// <summary>For calls that fail only through a bug of ours or for want of memory.</summary>
    public static void Must(OrtApi api, nint status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException(Check(api, status, "ONNX Runtime refused a call")!.Message);
        }
    }
}
