using System.Net.Sockets;
using Npgsql;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>Wakes this replica's followers when another replica has committed events. Notifications only say that there is something; the table says what.</summary>
internal sealed class PostgresEventListener : IAsyncDisposable
{
    // After a lost connection; and how long a silent connection is trusted before it is tried.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private const int KeepAliveSeconds = 30;

    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlDataSource _source;
    private readonly EventFeed _feed;
    private readonly TimeProvider _time;
    private readonly Task _loop;

    public PostgresEventListener(NpgsqlDataSource source, EventFeed feed, TimeProvider time)
    {
        (_source, _feed, _time) = (source, feed, time);
        _loop = Task.Run(LoopAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or NpgsqlException or SocketException or IOException)
            {
                await Task.Delay(Pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        connection.Notification += (_, _) => _feed.CatchUp();
        await using (var listen = new NpgsqlCommand($"LISTEN {PostgresWriterConnection.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        // Something may have been committed while nobody listened.
        _feed.CatchUp();
        while (true)
        {
            if (!await connection.WaitAsync(TimeSpan.FromSeconds(KeepAliveSeconds), cancellation))
            {
                await using var ping = new NpgsqlCommand("SELECT 1", connection);
                await ping.ExecuteNonQueryAsync(cancellation);
            }
        }
    }
}
