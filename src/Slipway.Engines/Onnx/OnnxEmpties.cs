using System.Collections.Concurrent;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Sequences without elements. The runtime's interface has no way to make one, but an operator of it has: a graph of one node gives it, once per type, and it is kept.
/// </summary>
internal static unsafe class OnnxEmpties
{
    private static readonly ConcurrentDictionary<OnnxType, Lazy<OnnxEmpty>> Kept = new();

    public static OnnxEmpty Get(OnnxEnvironment environment, OnnxType element) =>
        Kept.GetOrAdd(element, _ => new Lazy<OnnxEmpty>(() => Make(environment, OnnxEmptyModel.Of(element)))).Value;

    private static OnnxEmpty Make(OnnxEnvironment environment, byte[] model)
    {
        var api = environment.Api;
        nint options, session;
        OrtStatus.Must(api, api.CreateSessionOptions(&options));
        try
        {
            fixed (byte* bytes = model)
            {
                if (OrtStatus.Check(api, api.CreateSessionFromArray(environment.Handle, bytes, (nuint)model.Length, options, &session), "A sequence without elements") is { } problem)
                {
                    return new OnnxEmpty(0, problem);
                }
            }

            fixed (byte* name = "y\0"u8)
            {
                nint value = 0;
                var status = api.Run(session, 0, null, null, 0, &name, 1, &value);
                return new OnnxEmpty(value, OrtStatus.Check(api, status, "A sequence without elements"));
            }
        }
        finally
        {
            api.ReleaseSessionOptions(options);
        }
    }
}

/// <summary>A value that is never released, with the session whose memory it may use; or why there is none.</summary>
internal sealed record OnnxEmpty(nint Value, Problem? Problem)
{
    public Problem? Take(out nint value)
    {
        value = Value;
        return Problem;
    }
}
