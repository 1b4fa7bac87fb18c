using Microsoft.Data.Sqlite;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Archives;

namespace Slipway.Tracking.Tests.Archives;

/// <summary>Databases of other years than the one that exports are written in.</summary>
public sealed class OldSchemaTests : IDisposable
{
    // As of 2019: no steps' flag for NaN, no experiment times or tags, no registry; where a run came from stands in columns.
    private const string Of2019 =
        """
        CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, lifecycle_stage TEXT);
        CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, source_type TEXT, source_name TEXT, entry_point_name TEXT, user_id TEXT, status TEXT, start_time BIGINT,
            end_time BIGINT, source_version TEXT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
        CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
        CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
        CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT);
        INSERT INTO experiments VALUES (0, 'Default', './mlruns/0', 'active');
        INSERT INTO runs VALUES ('0123456789abcdef0123456789abcdef', '', 'LOCAL', 'train.py', 'main', 'ada', 'FINISHED', 5, 6, 'c0ffee', 'active', './mlruns/0/r/artifacts', 0);
        INSERT INTO tags VALUES ('mlflow.runName', 'first', '0123456789abcdef0123456789abcdef'), ('mlflow.source.name', 'other.py', '0123456789abcdef0123456789abcdef');
        INSERT INTO params VALUES ('lr', '0.1', '0123456789abcdef0123456789abcdef');
        INSERT INTO metrics VALUES ('loss', 0.5, 7, '0123456789abcdef0123456789abcdef', 1), ('loss', NULL, 8, '0123456789abcdef0123456789abcdef', 2);
        """;

    // As of 2026: workspaces.
    private const string Of2026 =
        """
        CREATE TABLE alembic_version (version_num TEXT);
        CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, lifecycle_stage TEXT, creation_time BIGINT, last_update_time BIGINT,
            workspace TEXT DEFAULT 'default' NOT NULL);
        CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
            experiment_id INTEGER, deleted_time BIGINT);
        CREATE TABLE registered_models (name TEXT, creation_time BIGINT, last_updated_time BIGINT, description TEXT, workspace TEXT);
        INSERT INTO alembic_version VALUES ('7d34483879f0');
        INSERT INTO experiments VALUES (0, 'Default', NULL, 'active', 1, 2, 'default'), (1, 'theirs', NULL, 'active', 1, 2, 'team-a');
        INSERT INTO runs VALUES ('aaaa', 'mine', 'u', 'FINISHED', 1, 2, 'active', 'x', 0, NULL), ('bbbb', 'theirs', 'u', 'FINISHED', 1, 2, 'active', 'x', 1, NULL);
        INSERT INTO registered_models VALUES ('m', 1, 2, NULL, 'default'), ('m', 1, 2, 'other', 'team-a');
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-archive-").FullName;

    [Fact]
    public async Task DatabaseOf2019_ReadsWithWhatWasInColumnsAsTags()
    {
        var lines = await ReadAsync(Of2019, null);

        var run = Assert.Single(lines, l => l.Run is not null).Run!;
        Assert.Equal("first", run.Name);
        Assert.Equal(2, run.Points);
        Assert.Equal(
            ["mlflow.project.entryPoint=main", "mlflow.runName=first", "mlflow.source.git.commit=c0ffee", "mlflow.source.name=other.py", "mlflow.source.type=LOCAL"],
            run.Tags.Select(t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal));
        var metrics = Assert.Single(lines, l => l.Metrics is not null).Metrics!;
        Assert.Equal([0.5, double.NaN], metrics.Values);
        Assert.DoesNotContain(lines, l => l.Model is not null);
    }

    [Fact]
    public async Task DatabaseWithWorkspaces_GivesOneAtATime()
    {
        var (mine, theirs) = (await ReadAsync(Of2026, null), await ReadAsync(Of2026, "team-a"));

        Assert.Equal("aaaa", Assert.Single(mine, l => l.Run is not null).Run!.Id);
        Assert.Equal("bbbb", Assert.Single(theirs, l => l.Run is not null).Run!.Id);
        Assert.Equal("", Assert.Single(mine, l => l.Model is not null).Model!.Description);
        Assert.Equal("other", Assert.Single(theirs, l => l.Model is not null).Model!.Description);
    }

    [Fact]
    public async Task WorkspaceThatIsNotThere_IsNamedWithThoseThatAre()
    {
        var opened = await new MlflowArchives().OpenAsync(Made(Of2026), null, "team-b", TestContext.Current.CancellationToken);

        Assert.False(opened.TryGet(out _, out var problem));
        Assert.Contains("default, team-a", problem.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<IReadOnlyList<ArchiveLine>> ReadAsync(string schema, string? workspace)
    {
        await using var archive = (await new MlflowArchives().OpenAsync(Made(schema), null, workspace, TestContext.Current.CancellationToken)).OrThrow();
        return await ArchiveSamples.ReadAllAsync(archive, TestContext.Current.CancellationToken);
    }

    private string Made(string schema)
    {
        SqliteLibrary.Use();
        var path = Path.Join(_folder, Guid.NewGuid().ToString("N") + ".db");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = schema;
        command.ExecuteNonQuery();
        return path;
    }
}
