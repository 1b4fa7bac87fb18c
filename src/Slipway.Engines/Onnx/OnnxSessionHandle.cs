using System.Runtime.InteropServices;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Owns a session and the native copies of its input and output names. Counted: a session disposed of while it runs
/// (or while outputs of it are alive) is released when the last user is done.
/// </summary>
internal sealed unsafe class OnnxSessionHandle : SafeHandle
{
    private readonly OrtApi _api;
    private nint _names;

    public OnnxSessionHandle(OrtApi api, nint session) : base(0, ownsHandle: true)
    {
        _api = api;
        SetHandle(session);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Input names, then output names; zero-terminated UTF-8.</summary>
    public byte** Names => (byte**)_names;

    public int NameCount { get; private set; }

    public nint Pointer => handle;

    public void KeepNames(IEnumerable<string> names)
    {
        var all = names.ToArray();
        _names = (nint)NativeMemory.AllocZeroed((nuint)all.Length + 1, (nuint)sizeof(nint));
        foreach (var name in all)
        {
            Names[NameCount++] = (byte*)Marshal.StringToCoTaskMemUTF8(name);
        }
    }

    protected override bool ReleaseHandle()
    {
        _api.ReleaseSession(handle);
        for (var i = 0; i < NameCount; i++)
        {
            Marshal.FreeCoTaskMem((nint)Names[i]);
        }

        NativeMemory.Free((void*)_names);
        NativeHeap.GiveBack();
        return true;
    }
}
