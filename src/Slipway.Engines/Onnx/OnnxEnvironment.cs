using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>ONNX Runtime in this process: loaded once, when it is first asked for, and kept until the process ends.</summary>
public sealed unsafe class OnnxEnvironment
{
    /// <summary>Errors come back as statuses; on standard error they would only appear twice.</summary>
    private const int LogFatalOnly = 4;
    private const int ArenaAllocator = 1;
    private const int DefaultMemory = 0;

    private static readonly Lazy<Result<OnnxEnvironment>> Instance = new(Create);

    private OnnxEnvironment(OrtApi api, nint environment, nint cpuMemory, nint allocator) =>
        (Api, Handle, CpuMemory, Allocator) = (api, environment, cpuMemory, allocator);

    /// <summary>The version of the runtime, such as "1.30.0".</summary>
    public string Version => Api.RuntimeVersion;

    internal OrtApi Api { get; }

    internal nint Handle { get; }

    internal nint CpuMemory { get; }

    internal nint Allocator { get; }

    /// <summary>The environment, or Unavailable when the native library is missing.</summary>
    public static Result<OnnxEnvironment> Get() => Instance.Value;

    private static Result<OnnxEnvironment> Create()
    {
        if (!OrtApi.Load().TryGet(out var api, out var problem))
        {
            return problem;
        }

        nint environment, cpuMemory, allocator;
        fixed (byte* name = "slipway\0"u8)
        {
            OrtStatus.Must(api, api.CreateEnv(LogFatalOnly, name, &environment));
        }

        OrtStatus.Must(api, api.DisableTelemetryEvents(environment));
        OrtStatus.Must(api, api.CreateCpuMemoryInfo(ArenaAllocator, DefaultMemory, &cpuMemory));
        OrtStatus.Must(api, api.GetAllocatorWithDefaultOptions(&allocator));
        return new OnnxEnvironment(api, environment, cpuMemory, allocator);
    }
}
