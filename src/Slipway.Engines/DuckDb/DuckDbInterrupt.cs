namespace Slipway.Engines.DuckDb;

/// <summary>
/// Ends what a connection is doing when the token says so. DuckDB forgets an interrupt that comes just before a statement starts,
/// so it is repeated until the statement has ended; and never after that, when it would hit the next one.
/// </summary>
internal sealed class DuckDbInterrupt : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly DuckDbConnectionHandle _connection;
    private readonly CancellationTokenRegistration _registration;
    private ITimer? _timer;
    private bool _ended;

    public DuckDbInterrupt(DuckDbConnectionHandle connection, CancellationToken cancel)
    {
        _connection = connection;
        _registration = cancel.UnsafeRegister(static self => ((DuckDbInterrupt)self!).Start(), this);
    }

    public void Dispose()
    {
        _registration.Dispose();
        lock (_gate)
        {
            _ended = true;
            _timer?.Dispose();
        }
    }

    private void Start()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _timer = TimeProvider.System.CreateTimer(static self => ((DuckDbInterrupt)self!).Interrupt(), this, TimeSpan.Zero, Again);
            }
        }
    }

    private void Interrupt()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                DuckDbNative.duckdb_interrupt(_connection);
            }
        }
    }
}
