using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Trials;

/// <summary>The figures of every replica, so that whoever decides sees the traffic of all of them.</summary>
internal sealed class TrialStore(IDatabase database, TimeProvider time)
{
    private const string Upsert =
        """
        INSERT INTO serving_trial_figures (namespace, service, epoch, revision, replica, figures, updated)
        VALUES (@ns, @service, @epoch, @revision, @replica, @figures, @now)
        ON CONFLICT (namespace, service, epoch, revision, replica) DO UPDATE SET figures = excluded.figures, updated = excluded.updated
        """;

    private const string Select =
        "SELECT revision, figures FROM serving_trial_figures WHERE namespace = @ns AND service = @service AND epoch = @epoch";

    private const string DeleteOthers = "DELETE FROM serving_trial_figures WHERE namespace = @ns AND service = @service AND epoch <> @epoch";

    private const string DeleteAll = "DELETE FROM serving_trial_figures WHERE namespace = @ns AND service = @service";

    /// <summary>Tells the replicas of one database apart; a replica that starts anew counts anew beside what it counted before.</summary>
    private readonly string _replica = Guid.NewGuid().ToString("N");

    public Task<Result<Unit>> SaveAsync(Trial trial, CancellationToken cancellation)
    {
        var rows = trial.Revisions.Select(r => new
        {
            ns = trial.Namespace, service = trial.Service, epoch = trial.Epoch, revision = r.Key, replica = _replica,
            figures = JsonSerializer.Serialize(r.Value.Read(), TrialJson.Default.Figures), now = Micros.Of(time.GetUtcNow()),
        }).ToArray();
        return database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await session.ExecuteAsync(Upsert, rows);
                return Result.Ok;
            },
            cancellation);
    }

    /// <summary>Of all replicas together, by revision.</summary>
    public async Task<IReadOnlyDictionary<int, Figures>> ReadAsync(string ns, string service, string epoch, CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => session.QueryAsync<Row>(Select, new { ns, service, epoch }), cancellation);
        return rows.GroupBy(r => (int)r.Revision).ToDictionary(
            g => g.Key, g => g.Select(r => JsonSerializer.Deserialize(r.Figures, TrialJson.Default.Figures)!).Aggregate((a, b) => a.Plus(b)));
    }

    /// <summary>Lets go of what was measured before the epoch; of everything when null.</summary>
    public Task<Result<Unit>> ForgetAsync(string ns, string service, string? epoch, CancellationToken cancellation) => database.WriteAsync<Unit>(
        async (session, _) =>
        {
            await session.ExecuteAsync(epoch is null ? DeleteAll : DeleteOthers, new { ns, service, epoch = epoch ?? "" });
            return Result.Ok;
        },
        cancellation);

    private sealed class Row
    {
        public long Revision { get; init; }

        public string Figures { get; init; } = "";
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Figures))]
internal sealed partial class TrialJson : JsonSerializerContext;
