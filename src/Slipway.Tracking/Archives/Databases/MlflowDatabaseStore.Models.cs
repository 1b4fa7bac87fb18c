using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;

namespace Slipway.Tracking.Archives.Databases;

/// <summary>Logged models and the registry, and the counts.</summary>
internal sealed partial class MlflowDatabaseStore
{
    private const string DefaultWorkspace = "default";

    private const string RunCount = "SELECT COUNT(*) AS n FROM runs";
    private const string AllLoggedModels = "SELECT * FROM logged_models ORDER BY model_id";
    private const string LoggedModelParamsOf = "SELECT * FROM logged_model_params WHERE model_id IN (@list)";
    private const string LoggedModelTagsOf = "SELECT * FROM logged_model_tags WHERE model_id IN (@list)";
    private const string LoggedModelMetricsOf = "SELECT * FROM logged_model_metrics WHERE model_id IN (@list)";
    private const string AllModels = "SELECT * FROM registered_models ORDER BY name";
    private const string AllModelTags = "SELECT * FROM registered_model_tags";
    private const string AllAliases = "SELECT * FROM registered_model_aliases";
    private const string AllVersions = "SELECT * FROM model_versions ORDER BY name, version";
    private const string AllVersionTags = "SELECT * FROM model_version_tags";

    // As MLflow numbers them.
    private static readonly string[] LoggedModelStates = ["PENDING", "PENDING", "READY", "FAILED"];

    public async IAsyncEnumerable<ArchivedLoggedModel> ReadLoggedModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var all = await _tables.RowsAsync("logged_models", AllLoggedModels, null, cancellation)
            .Where(r => _experiments.Contains(r.TextOrEmpty("experiment_id"))).ToListAsync(cancellation);
        foreach (var page in all.Chunk(Page))
        {
            var ids = page.Select(r => r.TextOrEmpty("model_id")).ToArray();
            var parameters = await GroupAsync(_tables.RowsOfAsync("logged_model_params", LoggedModelParamsOf, ids, cancellation), "model_id", "param_key", "param_value", cancellation);
            var tags = await GroupAsync(_tables.RowsOfAsync("logged_model_tags", LoggedModelTagsOf, ids, cancellation), "model_id", "tag_key", "tag_value", cancellation);
            var metrics = (await _tables.RowsOfAsync("logged_model_metrics", LoggedModelMetricsOf, ids, cancellation).ToListAsync(cancellation))
                .ToLookup(r => r.TextOrEmpty("model_id"), StringComparer.Ordinal);
            foreach (var row in page)
            {
                var id = row.TextOrEmpty("model_id");
                yield return new ArchivedLoggedModel(
                    id, row.TextOrEmpty("experiment_id"), row.TextOrEmpty("name"), row.TextOrEmpty("artifact_location"),
                    LoggedModelStates[row.NumberOrZero("status") is >= 0 and <= 3 and var state ? (int)state : 0], row.Text("lifecycle_stage") ?? "active",
                    row.NumberOrZero("creation_timestamp_ms"), row.NumberOrZero("last_updated_timestamp_ms"))
                {
                    Type = row.TextOrNull("model_type"),
                    SourceRunId = row.TextOrNull("source_run_id"),
                    StatusMessage = row.TextOrNull("status_message"),
                    Params = parameters.GetValueOrDefault(id, []),
                    Tags = tags.GetValueOrDefault(id, []),
                    Metrics =
                    [
                        .. metrics[id].Select(m => new ArchivedModelMetric(
                            m.TextOrEmpty("run_id"), m.TextOrEmpty("metric_name"), m.Metric("metric_value"), m.NumberOrZero("metric_timestamp_ms"), m.NumberOrZero("metric_step"),
                            m.TextOrNull("dataset_name"), m.TextOrNull("dataset_digest"))),
                    ],
                };
            }
        }
    }

    public async IAsyncEnumerable<ArchivedModel> ReadModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var tags = await GroupAsync(_tables.RowsAsync("registered_model_tags", AllModelTags, null, cancellation).Where(IsMine), "name", "key", "value", cancellation);
        var aliases = await GroupAsync(_tables.RowsAsync("registered_model_aliases", AllAliases, null, cancellation).Where(IsMine), "name", "alias", "version", cancellation);
        await foreach (var row in _tables.RowsAsync("registered_models", AllModels, null, cancellation).Where(IsMine).WithCancellation(cancellation))
        {
            var name = row.TextOrEmpty("name");
            yield return new ArchivedModel(name, row.TextOrEmpty("description"), row.NumberOrZero("creation_time"), row.NumberOrZero("last_updated_time"))
            {
                Tags = tags.GetValueOrDefault(name, []),
                Aliases = aliases.GetValueOrDefault(name, []).ToDictionary(a => a.Key, a => int.Parse(a.Value, CultureInfo.InvariantCulture), StringComparer.Ordinal),
            };
        }
    }

    public async IAsyncEnumerable<ArchivedVersion> ReadVersionsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var tags = (await _tables.RowsAsync("model_version_tags", AllVersionTags, null, cancellation).Where(IsMine).ToListAsync(cancellation))
            .ToLookup(r => (r.TextOrEmpty("name"), r.NumberOrZero("version")));
        await foreach (var row in _tables.RowsAsync("model_versions", AllVersions, null, cancellation).Where(IsMine).WithCancellation(cancellation))
        {
            // MLflow renames a deleted version's fields and keeps the row under this stage.
            if (row.Text("current_stage") == "Deleted_Internal")
            {
                continue;
            }

            var (name, version) = (row.TextOrEmpty("name"), row.NumberOrZero("version"));
            yield return new ArchivedVersion(
                name, (int)version, row.TextOrEmpty("source"), row.Text("status") ?? "READY", row.TextOrNull("current_stage") ?? "None",
                row.NumberOrZero("creation_time"), row.NumberOrZero("last_updated_time"))
            {
                Description = row.TextOrEmpty("description"),
                User = row.TextOrEmpty("user_id"),
                RunId = row.TextOrNull("run_id"),
                RunLink = row.TextOrNull("run_link"),
                StatusMessage = row.TextOrNull("status_message"),
                StorageLocation = row.TextOrNull("storage_location"),
                Tags = tags[(name, version)].ToDictionary(t => t.TextOrEmpty("key"), t => t.TextOrEmpty("value"), StringComparer.Ordinal),
            };
        }
    }

    private async Task SummarizeAsync(CancellationToken cancellation)
    {
        var workspaces = new SortedSet<string>(StringComparer.Ordinal) { DefaultWorkspace };
        await foreach (var row in _tables.RowsAsync("experiments", AllExperiments, null, cancellation))
        {
            workspaces.Add(row.Text("workspace") ?? DefaultWorkspace);
            if (IsMine(row))
            {
                _experiments.Add(row.TextOrEmpty("experiment_id"));
            }
        }

        Summary = new ArchiveSummary(
            $"MLflow database ({(_tables.IsSqlite ? "SQLite" : "PostgreSQL")}, schema {_tables.Revision})",
            _experiments.Count,
            await _tables.CountAsync("runs", RunCount, cancellation),
            await _tables.RowsAsync("logged_models", AllLoggedModels, null, cancellation).CountAsync(r => _experiments.Contains(r.TextOrEmpty("experiment_id")), cancellation),
            await _tables.RowsAsync("registered_models", AllModels, null, cancellation).CountAsync(IsMine, cancellation),
            await _tables.RowsAsync("model_versions", AllVersions, null, cancellation).CountAsync(IsMine, cancellation),
            [.. workspaces]);
    }

    private bool IsMine(MlflowRow row) => (row.Text("workspace") ?? DefaultWorkspace) == _workspace;
}
