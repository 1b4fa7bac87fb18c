using System.Text.Json;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Monitoring.Windows;

/// <summary>The evaluated windows of monitors.</summary>
internal sealed class MonitorStore(IDatabase database, TimeProvider time) : IMonitorWindows
{
    private const string After =
        "SELECT body FROM monitor_windows WHERE namespace = @ns AND monitor = @monitor AND number > @after ORDER BY number LIMIT @limit";

    private const string Newest =
        "SELECT body FROM monitor_windows WHERE namespace = @ns AND monitor = @monitor AND monitor_uid = @uid ORDER BY number DESC LIMIT @limit";

    private const string First =
        "SELECT body FROM monitor_windows WHERE namespace = @ns AND monitor = @monitor AND monitor_uid = @uid ORDER BY number LIMIT 1";

    private const string Find = "SELECT body FROM monitor_windows WHERE namespace = @ns AND monitor = @monitor AND number = @number";

    private const string Insert =
        "INSERT INTO monitor_windows (namespace, monitor, number, monitor_uid, from_time, until_time, evaluated, body) "
        + "VALUES (@ns, @monitor, @number, @uid, @from, @until, @now, @body)";

    private const string DeleteOthers = "DELETE FROM monitor_windows WHERE namespace = @ns AND monitor = @monitor AND monitor_uid <> @uid";

    public async Task<IReadOnlyList<MonitorWindow>> ListAsync(string ns, string monitor, int after, CancellationToken cancellation) =>
        await PageAsync(ns, monitor, after, int.MaxValue, cancellation);

    /// <summary>At most <paramref name="limit"/> windows with a number above <paramref name="after"/>, in order.</summary>
    public async Task<IReadOnlyList<MonitorWindow>> PageAsync(string ns, string monitor, int after, int limit, CancellationToken cancellation) =>
        Read(await database.ReadAsync((session, _) => session.QueryAsync<string>(After, new { ns, monitor, after, limit }), cancellation));

    /// <summary>The newest windows of one monitor, newest first.</summary>
    public async Task<IReadOnlyList<MonitorWindow>> NewestAsync(string ns, string monitor, string uid, int limit, CancellationToken cancellation) =>
        Read(await database.ReadAsync((session, _) => session.QueryAsync<string>(Newest, new { ns, monitor, uid, limit }), cancellation));

    public async Task<MonitorWindow?> FirstAsync(string ns, string monitor, string uid, CancellationToken cancellation) =>
        Read(await database.ReadAsync((session, _) => session.QueryAsync<string>(First, new { ns, monitor, uid }), cancellation)).FirstOrDefault();

    /// <summary>Keeps the window and appends its event, once: a window that is there already stays as it is. True when it was new.</summary>
    public Task<Result<bool>> AddAsync(string ns, string monitor, string uid, MonitorWindow window, CancellationToken cancellation) => database.WriteAsync<bool>(
        async (session, _) =>
        {
            if (await session.QuerySingleOrDefaultAsync<string>(Find, new { ns, monitor, number = window.Number }) is not null)
            {
                return false;
            }

            var body = JsonSerializer.Serialize(window, MonitorWindowContext.Default.MonitorWindow);
            await session.ExecuteAsync(Insert, new
            {
                ns, monitor, number = window.Number, uid, from = Micros.Of(window.From), until = Micros.Of(window.Until), now = Micros.Of(time.GetUtcNow()), body,
            });
            await session.AppendAsync(new EventDraft("monitor.window.evaluated", ns, $"monitors/{monitor}", System.Text.Encoding.UTF8.GetBytes(body))
            {
                Actor = "controller:monitor",
            });
            return true;
        },
        cancellation);

    /// <summary>Removes the windows of monitors that had this name before; an empty <paramref name="uid"/> removes all.</summary>
    public Task<Result<int>> RemoveOthersAsync(string ns, string monitor, string uid, CancellationToken cancellation) =>
        database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync(DeleteOthers, new { ns, monitor, uid }), cancellation);

    private static IReadOnlyList<MonitorWindow> Read(IReadOnlyList<string> bodies) =>
        [.. bodies.Select(b => JsonSerializer.Deserialize(b, MonitorWindowContext.Default.MonitorWindow)!)];
}
