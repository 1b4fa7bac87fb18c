using System.Runtime.InteropServices;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>
/// A loaded model. Any number of threads may run it at once. Disposing of it while it runs is safe: memory is freed when the last run
/// has ended and its outputs are disposed of; later runs get Unavailable.
/// </summary>
public sealed unsafe partial class OnnxModel : IDisposable
{
    private const int AllOptimizations = 99;

    private readonly OnnxEnvironment _environment;
    private readonly OnnxSessionHandle _session;

    private OnnxModel(OnnxEnvironment environment, OnnxSessionHandle session, OnnxTensorSpec[] inputs, OnnxTensorSpec[] outputs)
    {
        (_environment, _session) = (environment, session);
        (Inputs, Outputs) = (inputs, outputs);
    }

    public IReadOnlyList<OnnxTensorSpec> Inputs { get; }

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    /// <summary>Loads a model from its bytes, which may be changed or freed afterwards. Invalid when they are not a model that runs here.</summary>
    public static Result<OnnxModel> Load(ReadOnlySpan<byte> model, OnnxModelOptions? options = null)
    {
        if (!OnnxEnvironment.Get().TryGet(out var environment, out var problem))
        {
            return problem;
        }

        var api = environment.Api;
        using var sessionOptions = new OnnxSessionOptionsHandle(api, options ?? OnnxModelOptions.Default);
        nint session;
        fixed (byte* bytes = model)
        {
            byte none;
            var status = api.CreateSessionFromArray(
                environment.Handle, bytes is null ? &none : bytes, (nuint)model.Length, sessionOptions.Pointer, &session);
            problem = OrtStatus.Check(api, status, "The model cannot be loaded");
        }

        return problem is null ? Describe(environment, session) : problem;
    }

    /// <summary>
    /// Loads a model file; weights kept beside it (external data) are found from there. NotFound without the file, Invalid when it is not
    /// a model that runs here.
    /// </summary>
    public static Result<OnnxModel> Load(string path, OnnxModelOptions? options = null)
    {
        if (!OnnxEnvironment.Get().TryGet(out var environment, out var problem))
        {
            return problem;
        }

        if (!File.Exists(path))
        {
            return Problem.NotFound($"Model file {path}");
        }

        var api = environment.Api;
        using var sessionOptions = new OnnxSessionOptionsHandle(api, options ?? OnnxModelOptions.Default);
        nint session;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var status = api.CreateSession(environment.Handle, name, sessionOptions.Pointer, &session);
            problem = OrtStatus.Check(api, status, $"The model {path} cannot be loaded");
        }

        return problem is null ? Describe(environment, session) : problem;
    }

    public void Dispose() => _session.Dispose();

    private static Result<OnnxModel> Describe(OnnxEnvironment environment, nint session)
    {
        var handle = new OnnxSessionHandle(environment.Api, session);
        if (!OnnxSignature.Read(environment, session).TryGet(out var signature, out var problem))
        {
            handle.Dispose();
            return problem;
        }

        handle.KeepNames(signature.Inputs.Concat(signature.Outputs).Select(s => s.Name));
        return new OnnxModel(environment, handle, signature.Inputs, signature.Outputs);
    }

    /// <summary>Session options, for the time of one load.</summary>
    private sealed class OnnxSessionOptionsHandle : IDisposable
    {
        private readonly OrtApi _api;

        public OnnxSessionOptionsHandle(OrtApi api, OnnxModelOptions options)
        {
            _api = api;
            ArgumentOutOfRangeException.ThrowIfNegative(options.IntraThreads, nameof(options));
            ArgumentOutOfRangeException.ThrowIfNegative(options.InterThreads, nameof(options));
            nint pointer;
            OrtStatus.Must(api, api.CreateSessionOptions(&pointer));
            Pointer = pointer;
            OrtStatus.Must(api, api.SetSessionGraphOptimizationLevel(pointer, AllOptimizations));
            OrtStatus.Must(api, api.SetIntraOpNumThreads(pointer, options.IntraThreads));
            OrtStatus.Must(api, api.SetInterOpNumThreads(pointer, options.InterThreads));
            if (!options.UseArena)
            {
                OrtStatus.Must(api, api.DisableCpuMemArena(pointer));
            }

            fixed (byte* key = "session.intra_op.allow_spinning\0"u8, value = options.AllowSpinning ? "1\0"u8 : "0\0"u8)
            {
                OrtStatus.Must(api, api.AddSessionConfigEntry(pointer, key, value));
            }
        }

        public nint Pointer { get; }

        public void Dispose() => _api.ReleaseSessionOptions(Pointer);
    }
}
