using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Serving.Releases.Domain;

namespace Slipway.Serving.Releases;

/// <summary>A decision as it was recorded.</summary>
internal sealed record RecordedRelease(long Sequence, DateTimeOffset Time, string Actor, ReleaseDecision Decision);

/// <summary>Payload of <c>rollout.started|advanced|paused|...</c>: what was decided, and the figures that it rests on.</summary>
internal sealed record ReleaseEvent(string Rollout, string Kind, string Reason, ReleaseState State, IReadOnlyList<Finding> Findings);

/// <summary>The decisions of Rollouts: what every replica's routes follow, and the memory that a restart goes on from.</summary>
internal sealed class ReleaseStore(IDatabase database, TimeProvider time)
{
    private const string SelectNewest =
        "SELECT sequence, kind, actor, reason, evidence, state, time FROM serving_release_decisions WHERE rollout_uid = @uid ORDER BY sequence DESC LIMIT @limit";

    private const string Add =
        """
        INSERT INTO serving_release_decisions (rollout_uid, sequence, namespace, service, kind, actor, reason, evidence, state, time)
        VALUES (@uid, @sequence, @ns, @service, @kind, @actor, @reason, @evidence, @state, @now)
        ON CONFLICT (rollout_uid, sequence) DO NOTHING
        """;

    private const string Delete = "DELETE FROM serving_release_decisions WHERE namespace = @ns AND service = @service AND rollout_uid <> @keep";

    /// <summary>Subject of a Rollout's events.</summary>
    public const string SubjectPrefix = "rollouts/";

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RecordedRelease>> NewestAsync(string uid, int limit, CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => session.QueryAsync<Row>(SelectNewest, new { uid, limit }), cancellation);
        return [.. rows.Select(r => r.ToRelease())];
    }

    /// <summary>
    /// Writes the decision and its event in one transaction. Conflict when there is a decision of that number already: somebody else was here,
    /// and nothing is written.
    /// </summary>
    public Task<Result<Unit>> RecordAsync(
        string uid, long sequence, string ns, string service, string actor, ReleaseDecision decision, CancellationToken cancellation)
    {
        var kind = decision.Kind.ToString().ToLowerInvariant();
        var row = new
        {
            uid, sequence, ns, service, kind, actor, reason = decision.Reason,
            evidence = JsonSerializer.Serialize(decision.Findings, ReleaseJson.Default.IReadOnlyListFinding),
            state = JsonSerializer.Serialize(decision.Next, ReleaseJson.Default.ReleaseState), now = time.GetUtcNow(),
        };
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new ReleaseEvent(service, kind, decision.Reason, decision.Next, decision.Findings), ReleaseJson.Default.ReleaseEvent);
        return database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.ExecuteAsync(Add, row) == 0)
                {
                    return Problem.Conflict($"rollout {service} was moved on by somebody else just now; look at it and try again");
                }

                await session.AppendAsync(new EventDraft($"rollout.{kind}", ns, SubjectPrefix + service, payload) { Actor = actor });
                return Result.Ok;
            },
            cancellation);
    }

    /// <summary>Lets go of the decisions of Rollouts of that name that are gone. Their events stay in the log.</summary>
    /// <param name="keep">Key of the one that is there; empty for none.</param>
    public Task<Result<Unit>> ForgetOthersAsync(string ns, string service, string keep, CancellationToken cancellation) => database.WriteAsync<Unit>(
        async (session, _) =>
        {
            await session.ExecuteAsync(Delete, new { ns, service, keep });
            return Result.Ok;
        },
        cancellation);

    private sealed class Row
    {
        public long Sequence { get; init; }

        public string Kind { get; init; } = "";

        public string Actor { get; init; } = "";

        public string Reason { get; init; } = "";

        public string Evidence { get; init; } = "";

        public string State { get; init; } = "";

        public DateTimeOffset Time { get; init; }

        public RecordedRelease ToRelease() => new(
            Sequence, Time, Actor,
            new ReleaseDecision(
                Enum.Parse<ReleaseKind>(Kind, ignoreCase: true), Reason, JsonSerializer.Deserialize(State, ReleaseJson.Default.ReleaseState)!,
                JsonSerializer.Deserialize(Evidence, ReleaseJson.Default.IReadOnlyListFinding)!));
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ReleaseState))]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
[JsonSerializable(typeof(ReleaseEvent))]
internal sealed partial class ReleaseJson : JsonSerializerContext;
