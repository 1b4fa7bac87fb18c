using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>A decision as it was recorded.</summary>
/// <param name="Before">The phase in which it was taken.</param>
/// <param name="CarriedOut">Whether aliases and inference service follow it.</param>
internal sealed record RecordedDecision(long Sequence, DateTimeOffset Time, string Model, RolloutPhase Before, Decision Decision, bool CarriedOut);

/// <summary>The decisions of promotion policies: the memory that a restart goes on from.</summary>
internal sealed class RolloutStore(IDatabase database, TimeProvider time)
{
    public const string Actor = "controller:promotion-policy";

    private const string Columns =
        "sequence, model, kind, phase_before, version, from_version, percent, monitor_window, reason, state, carried_out, time";

    private const string SelectNewest = $"SELECT {Columns} FROM serving_rollout_decisions WHERE policy_uid = @uid ORDER BY sequence DESC LIMIT @limit";

    private const string Add =
        """
        INSERT INTO serving_rollout_decisions (policy_uid, sequence, namespace, policy, model, kind, phase_before, version, from_version, percent,
            monitor_window, reason, state, carried_out, time)
        VALUES (@uid, @sequence, @ns, @policy, @model, @kind, @before, @version, @fromVersion, @percent, @window, @reason, @state, @carriedOut, @now)
        ON CONFLICT (policy_uid, sequence) DO NOTHING
        """;

    private const string SetCarriedOut = "UPDATE serving_rollout_decisions SET carried_out = 1 WHERE policy_uid = @uid AND sequence = @sequence";

    private const string Delete = "DELETE FROM serving_rollout_decisions WHERE policy_uid = @uid";

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RecordedDecision>> NewestAsync(string uid, int limit, CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => session.QueryAsync<Row>(SelectNewest, new { uid, limit }), cancellation);
        return [.. rows.Select(r => r.ToDecision())];
    }

    /// <summary>
    /// Writes the decision and its event in one transaction. Conflict when there is a decision of that number already: somebody else was here,
    /// and nothing is written.
    /// </summary>
    public Task<Result<Unit>> RecordAsync(
        string uid, long sequence, string ns, string policy, string model, RolloutPhase before, Decision decision, CancellationToken cancellation)
    {
        var kind = decision.Kind.ToString().ToLowerInvariant();
        var row = new
        {
            uid, sequence, ns, policy, model, kind, before = before.ToString(), version = decision.Version, fromVersion = decision.FromVersion,
            percent = decision.Percent, window = decision.Window, reason = decision.Reason,
            state = JsonSerializer.Serialize(decision.Next, RolloutJson.Default.RolloutState),
            carriedOut = decision.Kind == DecisionKind.Held, now = time.GetUtcNow(),
        };
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new RolloutEvent(policy, model, decision.Version, decision.FromVersion, decision.Percent, decision.Window, decision.Reason),
            RolloutJson.Default.RolloutEvent);
        return database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.ExecuteAsync(Add, row) == 0)
                {
                    return Problem.Conflict($"decision {sequence} of promotion policy {policy} was taken by another replica");
                }

                await session.AppendAsync(new EventDraft($"rollout.{kind}", ns, $"promotionpolicies/{policy}", payload) { Actor = Actor });
                return Result.Ok;
            },
            cancellation);
    }

    public Task<Result<Unit>> CarriedOutAsync(string uid, long sequence, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await session.ExecuteAsync(SetCarriedOut, new { uid, sequence });
                return Result.Ok;
            },
            cancellation);

    /// <summary>For a policy that is gone. Its events stay in the log.</summary>
    public Task<Result<Unit>> ForgetAsync(string uid, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await session.ExecuteAsync(Delete, new { uid });
                return Result.Ok;
            },
            cancellation);

    private sealed class Row
    {
        public long Sequence { get; init; }

        public string Model { get; init; } = "";

        public string Kind { get; init; } = "";

        public string PhaseBefore { get; init; } = "";

        public long Version { get; init; }

        public long FromVersion { get; init; }

        public long Percent { get; init; }

        public long MonitorWindow { get; init; }

        public string Reason { get; init; } = "";

        public string State { get; init; } = "";

        public bool CarriedOut { get; init; }

        public DateTimeOffset Time { get; init; }

        public RecordedDecision ToDecision() => new(
            Sequence, Time, Model, Enum.Parse<RolloutPhase>(PhaseBefore),
            new Decision(
                Enum.Parse<DecisionKind>(Kind, ignoreCase: true), (int)Version, (int)FromVersion, (int)Percent, (int)MonitorWindow, Reason,
                JsonSerializer.Deserialize(State, RolloutJson.Default.RolloutState)!),
            CarriedOut);
    }
}
