using Slipway.Platform.Database;

namespace Slipway.Registry.Catalog;

internal static partial class RegistryStore
{
    private const string PutDescription = "UPDATE registry_models SET description = @description, updated = @now WHERE namespace = @ns AND name = @name";

    private const string PutDeploymentJob = "UPDATE registry_models SET deployment_job = @job, updated = @now WHERE namespace = @ns AND name = @name";

    private const string TouchModel = "UPDATE registry_models SET updated = @now WHERE namespace = @ns AND name = @name";

    private const string PutModelExtras =
        """
        UPDATE registry_models SET description = @Description, owner = @Owner, external_id = @ExternalId, properties = @Properties, profile = @Profile, archived = @Archived,
            updated = @now
        WHERE namespace = @ns AND name = @name
        """;

    private const string PutVersionDescription =
        "UPDATE registry_versions SET description = @description, updated = @now WHERE namespace = @ns AND model = @model AND version = @version";

    private const string PutVersionExtras =
        """
        UPDATE registry_versions SET description = @Description, author = @Author, external_id = @ExternalId, properties = @Properties, archived = @Archived, updated = @now
        WHERE namespace = @ns AND model = @model AND version = @version
        """;

    private const string PutSource =
        "UPDATE registry_versions SET source = @source, storage = @source, inspected = 0, updated = @now WHERE namespace = @ns AND model = @model AND version = @version";

    private const string PutCard = "UPDATE registry_versions SET card = @card, updated = @now WHERE namespace = @ns AND model = @model AND version = @version";

    private const string PutStage = "UPDATE registry_versions SET stage = @stage, updated = @now WHERE namespace = @ns AND model = @model AND version = @version";

    private const string SelectInStage =
        "SELECT version FROM registry_versions WHERE namespace = @ns AND model = @model AND stage = @stage AND version <> @version ORDER BY version";

    private const string RaiseStageSequence = "UPDATE registry_models SET last_stage_sequence = last_stage_sequence + 1, updated = @now WHERE namespace = @ns AND name = @name";

    private const string AddStageHistory =
        """
        INSERT INTO registry_stage_history (namespace, model, sequence, version, stage, previous_stage, actor, reason, time)
        VALUES (@ns, @model, @sequence, @version, @stage, @previous, @actor, @reason, @now)
        """;

    private const string SelectStageHistory =
        """
        SELECT sequence, version, stage, previous_stage, actor, reason, time FROM registry_stage_history
        WHERE namespace = @ns AND model = @model ORDER BY sequence
        """;

    private const string DeleteVersion = "DELETE FROM registry_versions WHERE namespace = @ns AND model = @model AND version = @version";

    private const string DeleteScan = "DELETE FROM registry_scans WHERE namespace = @ns AND model = @model AND version = @version";

    private const string DeleteArtifacts = "DELETE FROM registry_kubeflow WHERE kind = 'artifact' AND parent = @id";

    private const string DeleteArtifactsOfModel =
        "DELETE FROM registry_kubeflow WHERE kind = 'artifact' AND parent IN (SELECT id FROM registry_versions WHERE namespace = @ns AND model = @model AND id > 0)";

    // The tables whose rows belong to a model, and the column that has its name.
    private static readonly (string Table, string Column)[] OfModels =
    [
        ("registry_models", "name"), ("registry_versions", "model"), ("registry_aliases", "model"), ("registry_alias_history", "model"), ("registry_model_tags", "model"),
        ("registry_version_facts", "model"), ("registry_stage_history", "model"), ("registry_gates", "model"), ("registry_requests", "model"), ("registry_votes", "model"),
        ("registry_scans", "model"),
    ];

    public static Task SetDescriptionAsync(IWriteSession session, string ns, string name, string description, DateTimeOffset now) =>
        session.ExecuteAsync(PutDescription, new { ns, name, description, now });

    public static Task SetDeploymentJobAsync(IWriteSession session, string ns, string name, string job, DateTimeOffset now) =>
        session.ExecuteAsync(PutDeploymentJob, new { ns, name, job, now });

    public static Task TouchModelAsync(IWriteSession session, string ns, string name, DateTimeOffset now) => session.ExecuteAsync(TouchModel, new { ns, name, now });

    public static Task SetModelExtrasAsync(IWriteSession session, string ns, string name, ModelExtras extras, DateTimeOffset now) =>
        session.ExecuteAsync(PutModelExtras, new { ns, name, now, extras.Description, extras.Owner, extras.ExternalId, extras.Properties, extras.Profile, extras.Archived });

    public static Task SetVersionDescriptionAsync(IWriteSession session, string ns, string model, int version, string description, DateTimeOffset now) =>
        session.ExecuteAsync(PutVersionDescription, new { ns, model, version, description, now });

    public static Task SetVersionExtrasAsync(IWriteSession session, string ns, string model, int version, VersionExtras extras, DateTimeOffset now) =>
        session.ExecuteAsync(PutVersionExtras, new { ns, model, version, now, extras.Description, extras.Author, extras.ExternalId, extras.Properties, extras.Archived });

    /// <summary>Only for a version whose files nobody has named yet.</summary>
    public static Task SetSourceAsync(IWriteSession session, string ns, string model, int version, string source, DateTimeOffset now) =>
        session.ExecuteAsync(PutSource, new { ns, model, version, source, now });

    public static Task SetCardAsync(IWriteSession session, string ns, string model, int version, string card, DateTimeOffset now) =>
        session.ExecuteAsync(PutCard, new { ns, model, version, card, now });

    public static Task SetStageAsync(IWriteSession session, string ns, string model, int version, string stage, DateTimeOffset now) =>
        session.ExecuteAsync(PutStage, new { ns, model, version, stage, now });

    /// <summary>The other versions in the stage.</summary>
    public static async Task<IReadOnlyList<int>> OthersInStageAsync(IReadSession session, string ns, string model, string stage, int version) =>
        [.. (await session.QueryAsync<long>(SelectInStage, new { ns, model, stage, version })).Select(v => (int)v)];

    /// <summary>The model must be locked.</summary>
    public static async Task RememberStageAsync(
        IWriteSession session, string ns, string model, int version, string stage, string previous, string actor, string reason, DateTimeOffset now)
    {
        await session.ExecuteAsync(RaiseStageSequence, new { ns, name = model, now });
        var sequence = (await FindModelRowAsync(session, ns, model))!.LastStageSequence;
        await session.ExecuteAsync(AddStageHistory, new { ns, model, sequence, version, stage, previous, actor, reason, now });
    }

    /// <summary>Oldest first.</summary>
    public static Task<IReadOnlyList<StageRow>> StageHistoryAsync(IReadSession session, string ns, string model) =>
        session.QueryAsync<StageRow>(SelectStageHistory, new { ns, model });

    /// <summary>The version and all that hangs on it but its aliases, whose history stays.</summary>
    public static async Task DeleteVersionAsync(IWriteSession session, VersionRow row)
    {
        var (ns, model, version) = (row.Namespace, row.Model, row.Version);
        if (row.Id > 0)
        {
            await session.ExecuteAsync(DeleteArtifacts, new { id = row.Id });
        }

        await session.ExecuteAsync(DropFacts, new { ns, model, version });
        await session.ExecuteAsync(DeleteScan, new { ns, model, version });
        await session.ExecuteAsync(DeleteVersion, new { ns, model, version });
    }

    /// <summary>Everything of the model, history included: its name is free afterwards.</summary>
    public static async Task DeleteModelAsync(IWriteSession session, string ns, string model)
    {
        await session.ExecuteAsync(DeleteArtifactsOfModel, new { ns, model });
        foreach (var (table, column) in OfModels)
        {
            await session.ExecuteAsync($"DELETE FROM {table} WHERE namespace = @ns AND {column} = @model", new { ns, model });
        }
    }

    /// <summary>Carries everything to the new name, which must be free.</summary>
    public static async Task RenameModelAsync(IWriteSession session, string ns, string model, string name, DateTimeOffset now)
    {
        foreach (var (table, column) in OfModels)
        {
            await session.ExecuteAsync($"UPDATE {table} SET {column} = @name WHERE namespace = @ns AND {column} = @model", new { ns, model, name });
        }

        await session.ExecuteAsync("UPDATE registry_versions SET updated = @now WHERE namespace = @ns AND model = @name", new { ns, name, now });
        await TouchModelAsync(session, ns, name, now);
    }
}
