using System.Runtime.InteropServices;

namespace Slipway.Cli.Terminal;

/// <summary>Ctrl+C and SIGTERM as a token, for verbs that have something to finish before they end.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _registrations;

    public Interrupts(CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Comes back when somebody wants the program to end.</summary>
    public async Task WaitAsync() => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    // The second signal ends the process at once, for somebody who does not want to wait.
    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
