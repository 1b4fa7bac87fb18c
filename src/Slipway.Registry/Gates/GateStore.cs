using Slipway.Platform.Database;

namespace Slipway.Registry.Gates;

/// <summary>Rules, requests with their votes, and scans.</summary>
internal static class GateStore
{
    private const string SelectGate = "SELECT namespace, model, rules, actor, updated FROM registry_gates WHERE namespace = @ns AND model = @model";

    // The model's own rules stand in for the namespace's.
    private const string SelectEffective =
        "SELECT namespace, model, rules, actor, updated FROM registry_gates WHERE namespace = @ns AND model IN (@model, '') ORDER BY model DESC LIMIT 1";

    private const string PutGate =
        """
        INSERT INTO registry_gates (namespace, model, rules, actor, updated) VALUES (@ns, @model, @rules, @actor, @now)
        ON CONFLICT (namespace, model) DO UPDATE SET rules = excluded.rules, actor = excluded.actor, updated = excluded.updated
        """;

    private const string DropGate = "DELETE FROM registry_gates WHERE namespace = @ns AND model = @model";

    private const string RequestColumns = "number, version, kind, target, reason, actor, created, state, findings, closed";

    private const string RaiseRequest = "UPDATE registry_models SET last_request = last_request + 1 WHERE namespace = @ns AND name = @model";

    private const string SelectLastRequest = "SELECT last_request FROM registry_models WHERE namespace = @ns AND name = @model";

    private const string AddRequest =
        $"""
        INSERT INTO registry_requests (namespace, model, {RequestColumns})
        VALUES (@ns, @model, @number, @version, @kind, @target, @reason, @actor, @now, 'pending', @findings, NULL)
        """;

    private const string SelectRequest = $"SELECT {RequestColumns} FROM registry_requests WHERE namespace = @ns AND model = @model AND number = @number";

    private const string SelectRequests =
        $"SELECT {RequestColumns} FROM registry_requests WHERE namespace = @ns AND model = @model ORDER BY number DESC LIMIT @limit";

    private const string SelectPending =
        $"""
        SELECT {RequestColumns} FROM registry_requests
        WHERE namespace = @ns AND model = @model AND version = @version AND kind = @kind AND target = @target AND state = 'pending'
        """;

    private const string CloseRequest =
        "UPDATE registry_requests SET state = @state, findings = @findings, closed = @now WHERE namespace = @ns AND model = @model AND number = @number";

    private const string CloseOfVersion =
        """
        UPDATE registry_requests SET state = 'withdrawn', closed = @now
        WHERE namespace = @ns AND model = @model AND version = @version AND state = 'pending'
        """;

    private const string PutVote =
        """
        INSERT INTO registry_votes (namespace, model, number, actor, approves, reason, time) VALUES (@ns, @model, @number, @actor, @approves, @reason, @now)
        ON CONFLICT (namespace, model, number, actor) DO UPDATE SET approves = excluded.approves, reason = excluded.reason, time = excluded.time
        """;

    private const string SelectVotes =
        "SELECT number, actor, approves, reason, time FROM registry_votes WHERE namespace = @ns AND model = @model AND number = @number ORDER BY time, actor";

    private const string PutScan =
        """
        INSERT INTO registry_scans (namespace, model, version, verdict, findings, actor, time) VALUES (@ns, @model, @version, @verdict, @findings, @actor, @now)
        ON CONFLICT (namespace, model, version) DO UPDATE SET verdict = excluded.verdict, findings = excluded.findings, actor = excluded.actor, time = excluded.time
        """;

    private const string SelectScan =
        "SELECT version, verdict, findings, actor, time FROM registry_scans WHERE namespace = @ns AND model = @model AND version = @version";

    public static Task<GateRow?> FindGateAsync(IReadSession session, string ns, string model) =>
        session.QuerySingleOrDefaultAsync<GateRow>(SelectGate, new { ns, model });

    /// <summary>The model's rules, else the namespace's, else null.</summary>
    public static Task<GateRow?> EffectiveGateAsync(IReadSession session, string ns, string model) =>
        session.QuerySingleOrDefaultAsync<GateRow>(SelectEffective, new { ns, model });

    public static Task PutGateAsync(IWriteSession session, string ns, string model, string rules, string actor, DateTimeOffset now) =>
        session.ExecuteAsync(PutGate, new { ns, model, rules, actor, now });

    public static async Task<bool> DropGateAsync(IWriteSession session, string ns, string model) => await session.ExecuteAsync(DropGate, new { ns, model }) == 1;

    public static async Task<int> AddRequestAsync(
        IWriteSession session, string ns, string model, int version, string kind, string target, string reason, string actor, string findings, DateTimeOffset now)
    {
        await session.ExecuteAsync(RaiseRequest, new { ns, model });
        var number = await session.QuerySingleOrDefaultAsync<long>(SelectLastRequest, new { ns, model });
        await session.ExecuteAsync(AddRequest, new { ns, model, number, version, kind, target, reason, actor, findings, now });
        return (int)number;
    }

    public static Task<RequestRow?> FindRequestAsync(IReadSession session, string ns, string model, int number) =>
        session.QuerySingleOrDefaultAsync<RequestRow>(SelectRequest, new { ns, model, number });

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<RequestRow>> RequestsAsync(IReadSession session, string ns, string model, int limit) =>
        session.QueryAsync<RequestRow>(SelectRequests, new { ns, model, limit });

    public static Task<IReadOnlyList<RequestRow>> PendingAsync(IReadSession session, string ns, string model, int version, string kind, string target) =>
        session.QueryAsync<RequestRow>(SelectPending, new { ns, model, version, kind, target });

    public static Task CloseRequestAsync(IWriteSession session, string ns, string model, int number, string state, string findings, DateTimeOffset now) =>
        session.ExecuteAsync(CloseRequest, new { ns, model, number, state, findings, now });

    /// <summary>A version that is gone is asked for no more.</summary>
    public static Task WithdrawOfVersionAsync(IWriteSession session, string ns, string model, int version, DateTimeOffset now) =>
        session.ExecuteAsync(CloseOfVersion, new { ns, model, version, now });

    public static Task VoteAsync(IWriteSession session, string ns, string model, int number, string actor, bool approves, string reason, DateTimeOffset now) =>
        session.ExecuteAsync(PutVote, new { ns, model, number, actor, approves, reason, now });

    public static Task<IReadOnlyList<VoteRow>> VotesAsync(IReadSession session, string ns, string model, int number) =>
        session.QueryAsync<VoteRow>(SelectVotes, new { ns, model, number });

    public static Task PutScanAsync(IWriteSession session, string ns, string model, int version, string verdict, string findings, string actor, DateTimeOffset now) =>
        session.ExecuteAsync(PutScan, new { ns, model, version, verdict, findings, actor, now });

    public static Task<ScanRow?> FindScanAsync(IReadSession session, string ns, string model, int version) =>
        session.QuerySingleOrDefaultAsync<ScanRow>(SelectScan, new { ns, model, version });
}

internal sealed class GateRow
{
    public string Namespace { get; init; } = "";

    public string Model { get; init; } = "";

    public string Rules { get; init; } = "{}";

    public string Actor { get; init; } = "";

    public DateTimeOffset Updated { get; init; }
}

internal sealed class RequestRow
{
    public long Number { get; init; }

    public long Version { get; init; }

    public string Kind { get; init; } = "";

    public string Target { get; init; } = "";

    public string Reason { get; init; } = "";

    public string Actor { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    public string State { get; init; } = "";

    public string Findings { get; init; } = "[]";

    public DateTimeOffset? Closed { get; init; }
}

internal sealed class VoteRow
{
    public long Number { get; init; }

    public string Actor { get; init; } = "";

    public bool Approves { get; init; }

    public string Reason { get; init; } = "";

    public DateTimeOffset Time { get; init; }
}

internal sealed class ScanRow
{
    public long Version { get; init; }

    public string Verdict { get; init; } = "";

    public string Findings { get; init; } = "[]";

    public string Actor { get; init; } = "";

    public DateTimeOffset Time { get; init; }
}
