using System.Runtime.InteropServices;
using Slipway.Engines.Loading;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>
/// The functions of ONNX Runtime's C API that we use, bound by their place in its function table. The table only ever grows at its end,
/// so a place holds for every later version. Order: onnxruntime_c_api.h, struct OrtApi. Every function that returns nint returns
/// a status: zero is success, anything else is read and released by <see cref="OrtStatus"/>.
/// </summary>
internal sealed unsafe class OrtApi
{
    /// <summary>The table's version asked for; 22 holds all that we call and is served by 1.22 and everything newer.</summary>
    private const uint Version = 22;

    public readonly delegate* unmanaged<nint, int> GetErrorCode;
    public readonly delegate* unmanaged<nint, byte*> GetErrorMessage;
    public readonly delegate* unmanaged<int, byte*, nint*, nint> CreateEnv;
    public readonly delegate* unmanaged<nint, nint> DisableTelemetryEvents;
    public readonly delegate* unmanaged<nint, byte*, nint, nint*, nint> CreateSession;
    public readonly delegate* unmanaged<nint, void*, nuint, nint, nint*, nint> CreateSessionFromArray;
    public readonly delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run;
    public readonly delegate* unmanaged<nint*, nint> CreateSessionOptions;
    public readonly delegate* unmanaged<nint, nint> DisableCpuMemArena;
    public readonly delegate* unmanaged<nint, int, nint> SetSessionGraphOptimizationLevel;
    public readonly delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads;
    public readonly delegate* unmanaged<nint, int, nint> SetInterOpNumThreads;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetInputCount;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetOutputCount;
    public readonly delegate* unmanaged<nint, nuint*, nint> SessionGetOverridableInitializerCount;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetInputTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOutputTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOverridableInitializerTypeInfo;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetInputName;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOutputName;
    public readonly delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOverridableInitializerName;
    public readonly delegate* unmanaged<nint*, nint> CreateRunOptions;
    public readonly delegate* unmanaged<nint, nint> RunOptionsSetTerminate;
    public readonly delegate* unmanaged<nint, long*, nuint, int, nint*, nint> CreateTensorAsOrtValue;
    public readonly delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint> CreateTensorWithDataAsOrtValue;
    public readonly delegate* unmanaged<nint, void**, nint> GetTensorMutableData;
    public readonly delegate* unmanaged<nint, nuint, nuint, byte**, nint> GetResizedStringTensorElementBuffer;
    public readonly delegate* unmanaged<nint, nuint*, nint> GetStringTensorDataLength;
    public readonly delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint> GetStringTensorContent;
    public readonly delegate* unmanaged<nint, nint*, nint> CastTypeInfoToTensorInfo;
    public readonly delegate* unmanaged<nint, int*, nint> GetOnnxTypeFromTypeInfo;
    public readonly delegate* unmanaged<nint, int*, nint> GetTensorElementType;
    public readonly delegate* unmanaged<nint, nuint*, nint> GetDimensionsCount;
    public readonly delegate* unmanaged<nint, long*, nuint, nint> GetDimensions;
    public readonly delegate* unmanaged<nint, nint*, nint> GetTensorTypeAndShape;
    public readonly delegate* unmanaged<nint, int*, nint> GetValueType;
    public readonly delegate* unmanaged<int, int, nint*, nint> CreateCpuMemoryInfo;
    public readonly delegate* unmanaged<nint, void*, nint> AllocatorFree;
    public readonly delegate* unmanaged<nint*, nint> GetAllocatorWithDefaultOptions;
    public readonly delegate* unmanaged<nint, int, nint, nint*, nint> GetValue;
    public readonly delegate* unmanaged<nint, nuint*, nint> GetValueCount;
    public readonly delegate* unmanaged<nint*, nuint, int, nint*, nint> CreateValue;
    public readonly delegate* unmanaged<nint, void> ReleaseStatus;
    public readonly delegate* unmanaged<nint, void> ReleaseSession;
    public readonly delegate* unmanaged<nint, void> ReleaseValue;
    public readonly delegate* unmanaged<nint, void> ReleaseRunOptions;
    public readonly delegate* unmanaged<nint, void> ReleaseTypeInfo;
    public readonly delegate* unmanaged<nint, void> ReleaseTensorTypeAndShapeInfo;
    public readonly delegate* unmanaged<nint, void> ReleaseSessionOptions;
    public readonly delegate* unmanaged<nint, nint*, nint> CastTypeInfoToMapTypeInfo;
    public readonly delegate* unmanaged<nint, nint*, nint> CastTypeInfoToSequenceTypeInfo;
    public readonly delegate* unmanaged<nint, int*, nint> GetMapKeyType;
    public readonly delegate* unmanaged<nint, nint*, nint> GetMapValueType;
    public readonly delegate* unmanaged<nint, nint*, nint> GetSequenceElementType;
    public readonly delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry;
    public readonly delegate* unmanaged<nint, int*, nint> HasValue;
    public readonly delegate* unmanaged<nint, nint*, nint> CastTypeInfoToOptionalTypeInfo;
    public readonly delegate* unmanaged<nint, nint*, nint> GetOptionalContainedTypeInfo;

    private OrtApi(nint* table, string version)
    {
        RuntimeVersion = version;
        GetErrorCode = (delegate* unmanaged<nint, int>)table[1];
        GetErrorMessage = (delegate* unmanaged<nint, byte*>)table[2];
        CreateEnv = (delegate* unmanaged<int, byte*, nint*, nint>)table[3];
        DisableTelemetryEvents = (delegate* unmanaged<nint, nint>)table[6];
        CreateSession = (delegate* unmanaged<nint, byte*, nint, nint*, nint>)table[7];
        CreateSessionFromArray = (delegate* unmanaged<nint, void*, nuint, nint, nint*, nint>)table[8];
        Run = (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)table[9];
        CreateSessionOptions = (delegate* unmanaged<nint*, nint>)table[10];
        DisableCpuMemArena = (delegate* unmanaged<nint, nint>)table[19];
        SetSessionGraphOptimizationLevel = (delegate* unmanaged<nint, int, nint>)table[23];
        SetIntraOpNumThreads = (delegate* unmanaged<nint, int, nint>)table[24];
        SetInterOpNumThreads = (delegate* unmanaged<nint, int, nint>)table[25];
        SessionGetInputCount = (delegate* unmanaged<nint, nuint*, nint>)table[30];
        SessionGetOutputCount = (delegate* unmanaged<nint, nuint*, nint>)table[31];
        SessionGetOverridableInitializerCount = (delegate* unmanaged<nint, nuint*, nint>)table[32];
        SessionGetInputTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)table[33];
        SessionGetOutputTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)table[34];
        SessionGetOverridableInitializerTypeInfo = (delegate* unmanaged<nint, nuint, nint*, nint>)table[35];
        SessionGetInputName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)table[36];
        SessionGetOutputName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)table[37];
        SessionGetOverridableInitializerName = (delegate* unmanaged<nint, nuint, nint, byte**, nint>)table[38];
        CreateRunOptions = (delegate* unmanaged<nint*, nint>)table[39];
        RunOptionsSetTerminate = (delegate* unmanaged<nint, nint>)table[46];
        CreateTensorAsOrtValue = (delegate* unmanaged<nint, long*, nuint, int, nint*, nint>)table[48];
        CreateTensorWithDataAsOrtValue = (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)table[49];
        GetTensorMutableData = (delegate* unmanaged<nint, void**, nint>)table[51];
        GetStringTensorDataLength = (delegate* unmanaged<nint, nuint*, nint>)table[53];
        GetStringTensorContent = (delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint>)table[54];
        CastTypeInfoToTensorInfo = (delegate* unmanaged<nint, nint*, nint>)table[55];
        GetOnnxTypeFromTypeInfo = (delegate* unmanaged<nint, int*, nint>)table[56];
        GetTensorElementType = (delegate* unmanaged<nint, int*, nint>)table[60];
        GetDimensionsCount = (delegate* unmanaged<nint, nuint*, nint>)table[61];
        GetDimensions = (delegate* unmanaged<nint, long*, nuint, nint>)table[62];
        GetTensorTypeAndShape = (delegate* unmanaged<nint, nint*, nint>)table[65];
        GetValueType = (delegate* unmanaged<nint, int*, nint>)table[67];
        CreateCpuMemoryInfo = (delegate* unmanaged<int, int, nint*, nint>)table[69];
        AllocatorFree = (delegate* unmanaged<nint, void*, nint>)table[76];
        GetAllocatorWithDefaultOptions = (delegate* unmanaged<nint*, nint>)table[78];
        GetValue = (delegate* unmanaged<nint, int, nint, nint*, nint>)table[80];
        GetValueCount = (delegate* unmanaged<nint, nuint*, nint>)table[81];
        CreateValue = (delegate* unmanaged<nint*, nuint, int, nint*, nint>)table[82];
        ReleaseStatus = (delegate* unmanaged<nint, void>)table[93];
        ReleaseSession = (delegate* unmanaged<nint, void>)table[95];
        ReleaseValue = (delegate* unmanaged<nint, void>)table[96];
        ReleaseRunOptions = (delegate* unmanaged<nint, void>)table[97];
        ReleaseTypeInfo = (delegate* unmanaged<nint, void>)table[98];
        ReleaseTensorTypeAndShapeInfo = (delegate* unmanaged<nint, void>)table[99];
        ReleaseSessionOptions = (delegate* unmanaged<nint, void>)table[100];
        CastTypeInfoToMapTypeInfo = (delegate* unmanaged<nint, nint*, nint>)table[103];
        CastTypeInfoToSequenceTypeInfo = (delegate* unmanaged<nint, nint*, nint>)table[104];
        GetMapKeyType = (delegate* unmanaged<nint, int*, nint>)table[105];
        GetMapValueType = (delegate* unmanaged<nint, nint*, nint>)table[106];
        GetSequenceElementType = (delegate* unmanaged<nint, nint*, nint>)table[107];
        AddSessionConfigEntry = (delegate* unmanaged<nint, byte*, byte*, nint>)table[130];
        HasValue = (delegate* unmanaged<nint, int*, nint>)table[192];
        CastTypeInfoToOptionalTypeInfo = (delegate* unmanaged<nint, nint*, nint>)table[250];
        GetOptionalContainedTypeInfo = (delegate* unmanaged<nint, nint*, nint>)table[251];
        GetResizedStringTensorElementBuffer = (delegate* unmanaged<nint, nuint, nuint, byte**, nint>)table[252];
    }

    /// <summary>The version of the library in use, such as "1.30.0".</summary>
    public string RuntimeVersion { get; }

    public static Result<OrtApi> Load()
    {
        if (!NativeLibraries.Load(NativeLibraryFile.OnnxRuntime).TryGet(out var library, out var problem))
        {
            return problem;
        }

        var getBase = (delegate* unmanaged<nint*>)NativeLibrary.GetExport(library, "OrtGetApiBase");
        var entry = getBase();
        var version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)entry[1])()) ?? "unknown";
        var table = (nint*)((delegate* unmanaged<uint, nint>)entry[0])(Version);
        return table is null
            ? Problem.Unavailable($"ONNX Runtime {version} does not serve version {Version} of its C API; use 1.{Version} or newer.")
            : new OrtApi(table, version);
    }
}
