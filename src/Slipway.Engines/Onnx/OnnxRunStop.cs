using System.Collections.Concurrent;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Run options through which a cancellation ends a run at its next operator. They are used again and again: making and freeing them costs as much as a
/// small operator.
/// </summary>
internal sealed unsafe class OnnxRunStop : IDisposable
{
    private const int Kept = 64;

    private static readonly ConcurrentQueue<OnnxRunStop> Pool = new();

    private readonly OrtApi _api;
    private CancellationTokenRegistration _registration;
    private bool _stopped;

    private OnnxRunStop(OrtApi api)
    {
        _api = api;
        nint options;
        OrtStatus.Must(api, api.CreateRunOptions(&options));
        Options = options;
    }

    public nint Options { get; }

    /// <summary>Null for a run that nobody can cancel.</summary>
    public static OnnxRunStop? Rent(OnnxEnvironment environment, CancellationToken cancel)
    {
        if (!cancel.CanBeCanceled)
        {
            return null;
        }

        var stop = Pool.TryDequeue(out var kept) ? kept : new OnnxRunStop(environment.Api);
        stop._registration = cancel.UnsafeRegister(static self => ((OnnxRunStop)self!).Stop(), stop);
        return stop;
    }

    /// <summary>Ends the registration first, which waits for a Stop under way: it must not meet options that another run has by then.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        if (_stopped || Pool.Count >= Kept)
        {
            _api.ReleaseRunOptions(Options);
            return;
        }

        Pool.Enqueue(this);
    }

    private void Stop()
    {
        _stopped = true;
        OrtStatus.Must(_api, _api.RunOptionsSetTerminate(Options));
    }
}
