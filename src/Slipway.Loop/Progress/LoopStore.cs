using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Platform.Database;

namespace Slipway.Loop.Progress;

/// <summary>How far a loop has come. Step counts the steps that are wholly behind it: served, labelled, settled, reported.</summary>
/// <param name="Sent">Rows that were served: those of all steps behind it, and of the present one as soon as all of its rows are in the log.</param>
/// <param name="At">Event time reached, microseconds.</param>
/// <param name="Planted">1 once the planted fault has been sent on its way.</param>
/// <param name="EventCursor">The last entry of the event log that the journal has taken in.</param>
/// <param name="Micros">Time spent working, summed over restarts.</param>
internal sealed record LoopState(
    string Uid, string Namespace, string Name, string Phase, long Step, long Steps, long At, long Sent, long Failed, long Planted, long EventCursor,
    long Micros, string Message)
{
    public LoopPhase PhaseValue => Enum.Parse<LoopPhase>(Phase);
}

internal sealed record WindowResult(string Uid, long Position, string Label, long Rows, double? StaticMetric, double? LoopMetric, double? OracleMetric, long Version);

/// <param name="Sequence">Of the entry in the event log it was taken from: an event makes one entry however often it is seen.</param>
internal sealed record JournalEntry(string Uid, long Sequence, long At, string Kind, string Reason);

/// <summary>Loops' progress. A step's end is one transaction: counters, journal and windows move together or not at all.</summary>
internal sealed class LoopStore(IDatabase database)
{
    private const string Columns =
        "uid AS Uid, namespace AS Namespace, name AS Name, phase AS Phase, step AS Step, steps AS Steps, at AS At, sent AS Sent, failed AS Failed, "
        + "planted AS Planted, event_cursor AS EventCursor, micros AS Micros, message AS Message";

    private const string Find = $"SELECT {Columns} FROM loops WHERE uid = @uid";

    private const string Upsert =
        "INSERT INTO loops (uid, namespace, name, phase, step, steps, at, sent, failed, planted, event_cursor, micros, message) "
        + "VALUES (@Uid, @Namespace, @Name, @Phase, @Step, @Steps, @At, @Sent, @Failed, @Planted, @EventCursor, @Micros, @Message) "
        + "ON CONFLICT (uid) DO UPDATE SET phase = excluded.phase, step = excluded.step, steps = excluded.steps, at = excluded.at, sent = excluded.sent, "
        + "failed = excluded.failed, planted = excluded.planted, event_cursor = excluded.event_cursor, micros = excluded.micros, message = excluded.message";

    private const string AddWindow =
        "INSERT INTO loop_windows (uid, position, label, rows, static_metric, loop_metric, oracle_metric, version) "
        + "VALUES (@Uid, @Position, @Label, @Rows, @StaticMetric, @LoopMetric, @OracleMetric, @Version) ON CONFLICT (uid, position) DO NOTHING";

    private const string AddEntry =
        "INSERT INTO loop_journal (uid, sequence, at, kind, reason) VALUES (@Uid, @Sequence, @At, @Kind, @Reason) ON CONFLICT (uid, sequence) DO NOTHING";

    private const string Windows =
        "SELECT uid AS Uid, position AS Position, label AS Label, rows AS Rows, static_metric AS StaticMetric, loop_metric AS LoopMetric, "
        + "oracle_metric AS OracleMetric, version AS Version FROM loop_windows WHERE uid = @uid ORDER BY position";

    private const string Journal = "SELECT uid AS Uid, sequence AS Sequence, at AS At, kind AS Kind, reason AS Reason FROM loop_journal WHERE uid = @uid ORDER BY sequence";

    private const string UidsOf = "SELECT uid FROM loops WHERE namespace = @ns AND name = @name";

    private const string Forget = "DELETE FROM loops WHERE uid = @uid";

    private const string ForgetWindows = "DELETE FROM loop_windows WHERE uid = @uid";

    private const string ForgetJournal = "DELETE FROM loop_journal WHERE uid = @uid";

    public Task<LoopState?> FindAsync(string uid, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<LoopState>(Find, new { uid }), cancellation);

    public Task<Result<Unit>> SaveAsync(
        LoopState state, IReadOnlyList<JournalEntry> journal, IReadOnlyList<WindowResult> windows, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await session.ExecuteAsync(Upsert, state);
                if (journal.Count > 0)
                {
                    await session.ExecuteAsync(AddEntry, journal);
                }

                if (windows.Count > 0)
                {
                    await session.ExecuteAsync(AddWindow, windows);
                }

                return Result.Ok;
            },
            cancellation);

    public Task<IReadOnlyList<WindowResult>> WindowsAsync(string uid, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<WindowResult>(Windows, new { uid }), cancellation);

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(string uid, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<JournalEntry>(Journal, new { uid }), cancellation);

    /// <summary>Forgets every loop that had this name but not this uid: its resource is gone.</summary>
    public Task<Result<Unit>> ForgetOthersAsync(string ns, string name, string? uid, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                foreach (var gone in (await session.QueryAsync<string>(UidsOf, new { ns, name })).Where(u => u != uid))
                {
                    foreach (var sql in new[] { ForgetJournal, ForgetWindows, Forget })
                    {
                        await session.ExecuteAsync(sql, new { uid = gone });
                    }
                }

                return Result.Ok;
            },
            cancellation);
}
