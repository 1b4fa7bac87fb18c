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

    /// <summary>Place of the first output among the session's names.</summary>
    private readonly int _firstOutput;

    /// <summary>Null for a model of tensors alone, which are handed to the runtime and back as they are.</summary>
    private readonly OnnxSignature? _structure;

    private OnnxModel(OnnxEnvironment environment, OnnxSessionHandle session, OnnxSignature signature)
    {
        (_environment, _session) = (environment, session);
        (Inputs, Outputs, Defaults) = (signature.Inputs, signature.Outputs, signature.Defaults);
        _firstOutput = signature.InputPorts.Count + Defaults.Count;
        _structure = signature.IsPlain ? null : signature;
    }

    /// <summary>Tensors that a run takes; those that are <see cref="OnnxTensorSpec.Optional"/> may be left out.</summary>
    public IReadOnlyList<OnnxTensorSpec> Inputs { get; }

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    /// <summary>
    /// Further tensors that a run takes in place of the model's own values: inputs with an initializer. A model whose exporter lists its weights among its inputs has
    /// them all here.
    /// </summary>
    public IReadOnlyList<OnnxTensorSpec> Defaults { get; }

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

        if (problem is not null)
        {
            return problem;
        }

        fixed (byte* bytes = model)
        {
            using var read = new UnmanagedMemoryStream(bytes, model.Length);
            return Describe(environment, session, () => OnnxShapeless.Find(read));
        }
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
            problem = WithoutPlace(OrtStatus.Check(api, status, "The model cannot be loaded"), path);
        }

        return problem is null ? Describe(environment, session, () => Shapeless(path)) : problem;
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The runtime names files by where they lie, which is nothing to whoever sent the model.</summary>
    private static Problem? WithoutPlace(Problem? problem, string path) => problem is null ? null : problem with
    {
        Message = problem.Message.Replace(path, "the file", StringComparison.Ordinal)
            .Replace(Path.GetDirectoryName(Path.GetFullPath(path)) ?? path, "its folder", StringComparison.Ordinal),
    };

    private static IReadOnlySet<string> Shapeless(string path)
    {
        using var file = File.OpenRead(path);
        return OnnxShapeless.Find(file);
    }

    private static Result<OnnxModel> Describe(OnnxEnvironment environment, nint session, Func<IReadOnlySet<string>> shapeless)
    {
        var handle = new OnnxSessionHandle(environment.Api, session);
        if (!OnnxSignature.Read(environment, session, shapeless).TryGet(out var signature, out var problem))
        {
            handle.Dispose();
            return problem;
        }

        handle.KeepNames(signature.Names);
        return new OnnxModel(environment, handle, signature);
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
