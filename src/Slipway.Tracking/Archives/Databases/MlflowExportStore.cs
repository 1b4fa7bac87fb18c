using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Archives.Files;

namespace Slipway.Tracking.Archives.Databases;

/// <summary>Writes a SQLite database that MLflow opens, in one transaction, into a file beside the target that takes the target's name when it is complete.</summary>
[SuppressMessage("Security", "CA2100", Justification = "The texts are the constants above; values are parameters.")]
internal sealed class MlflowExportStore : IMlflowArchiveWriter
{
    private const string AddExperiment =
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (@a, @b, @c, @d, @e, @f)";

    private const string AddExperimentTag = "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (@a, @b, @c)";

    private const string AddRun =
        """
        INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, source_version, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id)
        VALUES (@a, @b, 'UNKNOWN', '', '', '', @c, @d, @e, @f, @g, @h, @i)
        """;

    private const string AddParam = "INSERT INTO params (run_uuid, key, value) VALUES (@a, @b, @c)";
    private const string AddTag = "INSERT INTO tags (run_uuid, key, value) VALUES (@a, @b, @c)";
    private const string AddPoint = "INSERT OR IGNORE INTO metrics (run_uuid, key, timestamp, step, value, is_nan) VALUES (@a, @b, @c, @d, @e, @f)";

    private const string AddLatest =
        """
        INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
        SELECT key, value, timestamp, step, is_nan, run_uuid
        FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY run_uuid, key ORDER BY step DESC, timestamp DESC, value DESC) AS place FROM metrics) WHERE place = 1
        """;

    private const string AddDataset =
        """
        INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile)
        VALUES (@a, @b, @c, @d, @e, @f, @g, @h)
        """;

    private const string AddInput =
        "INSERT OR IGNORE INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) VALUES (@a, @b, @c, @d, @e, @f)";

    private const string AddInputTag = "INSERT OR IGNORE INTO input_tags (input_uuid, name, value) VALUES (@a, @b, @c)";

    private const string AddLoggedModel =
        """
        INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, lifecycle_stage, model_type,
            source_run_id, status_message)
        VALUES (@a, @b, @c, @d, @e, @f, @g, @h, @i, @j, @k)
        """;

    private const string AddLoggedModelParam = "INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value) VALUES (@a, @b, @c, @d)";
    private const string AddLoggedModelTag = "INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) VALUES (@a, @b, @c, @d)";

    private const string AddLoggedModelMetric =
        """
        INSERT OR IGNORE INTO logged_model_metrics (model_id, experiment_id, run_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name, dataset_digest)
        VALUES (@a, @b, @c, @d, @e, @f, @g, @h, @i)
        """;

    private const string AddModel = "INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (@a, @b, @c, @d)";
    private const string AddModelTag = "INSERT INTO registered_model_tags (name, key, value) VALUES (@a, @b, @c)";
    private const string AddAlias = "INSERT INTO registered_model_aliases (name, alias, version) VALUES (@a, @b, @c)";

    private const string AddVersion =
        """
        INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, status, status_message, run_link,
            storage_location)
        VALUES (@a, @b, @c, @d, @e, @f, @g, @h, @i, @j, @k, @l, @m)
        """;

    private const string AddVersionTag = "INSERT INTO model_version_tags (name, version, key, value) VALUES (@a, @b, @c, @d)";

    private readonly string _target;
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;

    private MlflowExportStore(string target, SqliteConnection connection, SqliteTransaction transaction) =>
        (_target, _connection, _transaction) = (target, connection, transaction);

    private string ArtifactsFolder => Path.ChangeExtension(_target, null) + "-artifacts";

    public static async Task<MlflowExportStore> CreateAsync(string target, CancellationToken cancellation)
    {
        SqliteLibrary.Use();
        var partial = target + ".partial";
        File.Delete(partial);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = partial, Pooling = false, ForeignKeys = false }.ToString());
        await connection.OpenAsync(cancellation);
        var transaction = connection.BeginTransaction();
        await MlflowSchemaStore.CreateAsync(connection, transaction, cancellation);
        return new MlflowExportStore(target, connection, transaction);
    }

    public (string ArtifactUri, string Folder) PlaceOf(string artifactUri) => ExportPlaces.Of(artifactUri, ArtifactsFolder, ArtifactsFolder);

    public async Task<Result<Unit>> WriteAsync(ArchiveLine line, CancellationToken cancellation)
    {
        var experiment = line.Experiment?.Id ?? line.Run?.ExperimentId ?? line.LoggedModel?.ExperimentId;
        if (experiment is not null && !long.TryParse(experiment, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return Problem.Invalid($"experiment {experiment} has an id that is no number, which MLflow's databases cannot keep; export to a folder instead of a .db file");
        }

        await (line switch
        {
            { Experiment: { } one } => WriteAsync(one, cancellation),
            { Run: { } run } => WriteAsync(run, cancellation),
            { Metrics: { } metrics } => WriteAsync(metrics, cancellation),
            { LoggedModel: { } model } => WriteAsync(model, cancellation),
            { Model: { } model } => WriteAsync(model, cancellation),
            { Version: { } version } => WriteAsync(version, cancellation),
            _ => Task.CompletedTask,
        });
        return default(Unit);
    }

    public async Task<Result<Unit>> CompleteAsync(CancellationToken cancellation)
    {
        await RunAsync(AddLatest, cancellation);
        await _transaction.CommitAsync(cancellation);
        await _connection.CloseAsync();
        File.Move(_target + ".partial", _target);
        return default(Unit);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task WriteAsync(ArchivedExperiment e, CancellationToken cancellation)
    {
        var location = e.ArtifactLocation ?? PlaceOf($"mlflow-artifacts:/{e.Id}").ArtifactUri;
        await RunAsync(AddExperiment, cancellation, Number(e.Id), e.Name, location, e.Lifecycle, e.Created, e.Updated);
        foreach (var (key, value) in e.Tags)
        {
            await RunAsync(AddExperimentTag, cancellation, Number(e.Id), key, value);
        }
    }

    private async Task WriteAsync(ArchivedRun run, CancellationToken cancellation)
    {
        await RunAsync(AddRun, cancellation, run.Id, run.Name, run.User, run.Status, run.Started, run.Ended, run.Lifecycle, run.ArtifactUri, Number(run.ExperimentId));
        foreach (var (key, value) in run.Params)
        {
            await RunAsync(AddParam, cancellation, run.Id, key, value);
        }

        foreach (var (key, value) in run.Tags)
        {
            await RunAsync(AddTag, cancellation, run.Id, key, value);
        }

        foreach (var dataset in run.Datasets)
        {
            var (id, input) = (ExportPlaces.DatasetId(run.ExperimentId, dataset), ExportPlaces.Id(run.Id, dataset.Name, dataset.Digest));
            await RunAsync(
                AddDataset, cancellation, id, Number(run.ExperimentId), dataset.Name, dataset.Digest, dataset.SourceType, dataset.Source, dataset.Schema, dataset.Profile);
            await RunAsync(AddInput, cancellation, input, "DATASET", id, "RUN", run.Id, 0L);
            foreach (var (key, value) in dataset.Tags)
            {
                await RunAsync(AddInputTag, cancellation, input, key, value);
            }
        }

        foreach (var model in run.ModelInputs)
        {
            await RunAsync(AddInput, cancellation, ExportPlaces.Id(run.Id, model, "in"), "RUN_INPUT", run.Id, "MODEL_INPUT", model, 0L);
        }

        foreach (var output in run.ModelOutputs)
        {
            await RunAsync(AddInput, cancellation, ExportPlaces.Id(run.Id, output.ModelId, "out"), "RUN_OUTPUT", run.Id, "MODEL_OUTPUT", output.ModelId, output.Step);
        }
    }

    private async Task WriteAsync(ArchivedMetrics metrics, CancellationToken cancellation)
    {
        await using var command = Command(AddPoint, 6);
        command.Prepare();
        for (var i = 0; i < metrics.Times.Count; i++)
        {
            var value = metrics.Values[i];
            Fill(command, metrics.RunId, metrics.Key, metrics.Times[i], metrics.Steps[i], Kept(value), double.IsNaN(value) ? 1L : 0L);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private async Task WriteAsync(ArchivedLoggedModel model, CancellationToken cancellation)
    {
        var experiment = Number(model.ExperimentId);
        await RunAsync(
            AddLoggedModel, cancellation, model.Id, experiment, model.Name, model.ArtifactUri, model.Created, model.Updated,
            model.Status switch { "READY" => 2L, "FAILED" => 3L, _ => 1L }, model.Lifecycle, model.Type, model.SourceRunId, model.StatusMessage);
        foreach (var (key, value) in model.Params)
        {
            await RunAsync(AddLoggedModelParam, cancellation, model.Id, experiment, key, value);
        }

        foreach (var (key, value) in model.Tags)
        {
            await RunAsync(AddLoggedModelTag, cancellation, model.Id, experiment, key, value);
        }

        foreach (var m in model.Metrics)
        {
            await RunAsync(AddLoggedModelMetric, cancellation, model.Id, experiment, m.RunId, m.Key, Kept(m.Value), m.Time, m.Step, m.DatasetName, m.DatasetDigest);
        }
    }

    private async Task WriteAsync(ArchivedModel model, CancellationToken cancellation)
    {
        await RunAsync(AddModel, cancellation, model.Name, model.Created, model.Updated, model.Description);
        foreach (var (key, value) in model.Tags)
        {
            await RunAsync(AddModelTag, cancellation, model.Name, key, value);
        }

        foreach (var (alias, version) in model.Aliases)
        {
            await RunAsync(AddAlias, cancellation, model.Name, alias, (long)version);
        }
    }

    private async Task WriteAsync(ArchivedVersion v, CancellationToken cancellation)
    {
        await RunAsync(
            AddVersion, cancellation, v.Name, (long)v.Version, v.Created, v.Updated, v.Description, v.User, v.Stage, v.Source, v.RunId, v.Status, v.StatusMessage, v.RunLink,
            v.StorageLocation ?? v.Source);
        foreach (var (key, value) in v.Tags)
        {
            await RunAsync(AddVersionTag, cancellation, v.Name, (long)v.Version, key, value);
        }
    }

    // What MLflow itself keeps for values that its databases cannot: 0 beside a flag, and the largest double.
    private static double Kept(double value) =>
        double.IsNaN(value) ? 0 : double.IsPositiveInfinity(value) ? double.MaxValue : double.IsNegativeInfinity(value) ? double.MinValue : value;

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);

    private async Task RunAsync(string sql, CancellationToken cancellation, params object?[] values)
    {
        await using var command = Command(sql, values.Length);
        Fill(command, values);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private SqliteCommand Command(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"@{(char)('a' + i)}", Value = DBNull.Value });
        }

        return command;
    }

    private static void Fill(SqliteCommand command, params object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}
