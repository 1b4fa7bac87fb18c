using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Catalog;

internal sealed partial class CatalogStore
{
    private const string VersionColumns =
        "id AS Id, pipeline_id AS PipelineId, name AS Name, display_name AS DisplayName, description AS Description, package_url AS PackageUrl, "
        + "code_source_url AS CodeSourceUrl, spec AS Spec, created AS Created";

    private const string FindVersion = $"SELECT {VersionColumns} FROM pipeline_versions WHERE id = @id";

    private const string NewestVersion = $"SELECT {VersionColumns} FROM pipeline_versions WHERE pipeline_id = @id ORDER BY created DESC, id DESC LIMIT 1";

    private const string VersionNamed = "SELECT id FROM pipeline_versions WHERE pipeline_id = @pipeline AND name = @name";

    private const string VersionIds = "SELECT id FROM pipeline_versions WHERE pipeline_id = @id ORDER BY id";

    private const string InsertVersion =
        "INSERT INTO pipeline_versions (id, pipeline_id, name, display_name, description, package_url, code_source_url, spec, created) "
        + "VALUES (@id, @pipeline, @name, @displayName, @description, @packageUrl, @codeSourceUrl, @spec, @now)";

    private const string RenameVersion = "UPDATE pipeline_versions SET display_name = @displayName, description = @description WHERE id = @id";

    private const string DeleteVersionRow = "DELETE FROM pipeline_versions WHERE id = @id";

    public static ListTable Versions { get; } = new(
        $"SELECT {VersionColumns} FROM pipeline_versions",
        "FROM pipeline_versions",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["pipeline_version_id"] = new("id"),
            ["id"] = new("id"),
            ["name"] = new("name"),
            ["display_name"] = new("display_name"),
            ["description"] = new("description"),
            ["code_source_url"] = new("code_source_url"),
            ["created_at"] = new("created", ColumnKind.Time),
        },
        TagFilter: TagFilter);

    public Task<Result<VersionRow>> CreateVersionAsync(string pipelineId, NewVersion version, CancellationToken cancellation) =>
        database.WriteAsync<VersionRow>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id = pipelineId }) is not { } pipeline)
                {
                    return Problem.NotFound($"pipeline {pipelineId}");
                }

                return await session.QuerySingleOrDefaultAsync<string>(VersionNamed, new { pipeline = pipelineId, name = version.Name }) is null
                    ? await InsertVersionAsync(session, pipeline, version)
                    : Problem.AlreadyExists($"version '{version.Name}' of pipeline {pipelineId}");
            },
            cancellation);

    public Task<VersionRow?> FindVersionAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync(async (session, _) => await VersionWithTagsAsync(session, await session.QuerySingleOrDefaultAsync<VersionRow>(FindVersion, new { id })), cancellation);

    /// <summary>What a run without a version gets.</summary>
    public Task<VersionRow?> FindNewestVersionAsync(string pipelineId, CancellationToken cancellation) =>
        database.ReadAsync(
            async (session, _) => await VersionWithTagsAsync(session, await session.QuerySingleOrDefaultAsync<VersionRow>(NewestVersion, new { id = pipelineId })), cancellation);

    public Task<Page<VersionRow>> ListVersionsAsync(string pipelineId, ListRequest request, CancellationToken cancellation) =>
        database.ReadAsync(
            async (session, _) =>
            {
                var page = await ListStore.ReadAsync<VersionRow>(
                    session, Versions, request, v => v.Id, new ListScope("pipeline_id = @pipeline_id", ("pipeline_id", pipelineId)));
                var tags = await TagsAsync(session, [.. page.Items.Select(v => v.Id)]);
                return page with { Items = [.. page.Items.Select(v => v with { Tags = tags(v.Id) })] };
            },
            cancellation);

    /// <summary>Null leaves as it is.</summary>
    public Task<Result<VersionRow>> UpdateVersionAsync(
        string pipelineId, string id, string? displayName, string? description, IReadOnlyDictionary<string, string>? tags, CancellationToken cancellation) =>
        database.WriteAsync<VersionRow>(
            async (session, _) =>
            {
                var pipeline = await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id = pipelineId });
                var row = await VersionWithTagsAsync(session, await session.QuerySingleOrDefaultAsync<VersionRow>(FindVersion, new { id }));
                if (pipeline is null || row is null || row.PipelineId != pipelineId)
                {
                    return Problem.NotFound($"version {id} of pipeline {pipelineId}");
                }

                row = row with { DisplayName = displayName ?? row.DisplayName, Description = description ?? row.Description, Tags = tags ?? row.Tags };
                await session.ExecuteAsync(RenameVersion, new { id, displayName = row.DisplayName, description = row.Description });
                if (tags is not null)
                {
                    await WriteTagsAsync(session, id, tags);
                }

                await session.AppendAsync(EventOf("pipeline.version.updated", pipeline.Namespace, pipelineId, VersionPayload(row)));
                return row;
            },
            cancellation);

    public Task<Result<Unit>> DeleteVersionAsync(string pipelineId, string id, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                var pipeline = await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id = pipelineId });
                if (pipeline is null || await session.QuerySingleOrDefaultAsync<VersionRow>(FindVersion, new { id }) is not { } row || row.PipelineId != pipelineId)
                {
                    return Problem.NotFound($"version {id} of pipeline {pipelineId}");
                }

                await DeleteVersionAsync(session, pipeline, id);
                return Result.Ok;
            },
            cancellation);

    private static async Task DeleteVersionAsync(IWriteSession session, PipelineRow pipeline, string id)
    {
        await session.ExecuteAsync(DeleteTags, new { id });
        await session.ExecuteAsync(DeleteVersionRow, new { id });
        await session.AppendAsync(EventOf("pipeline.version.deleted", pipeline.Namespace, pipeline.Id, new JsonObject { ["id"] = id, ["pipeline"] = pipeline.Name }));
    }

    private static JsonObject VersionPayload(VersionRow row) => new() { ["id"] = row.Id, ["name"] = row.Name, ["displayName"] = row.DisplayName };

    private static async Task<VersionRow?> VersionWithTagsAsync(IReadSession session, VersionRow? row) =>
        row is null ? null : row with { Tags = (await TagsAsync(session, [row.Id]))(row.Id) };

    private async Task<VersionRow> InsertVersionAsync(IWriteSession session, PipelineRow pipeline, NewVersion version)
    {
        var now = time.GetUtcNow();
        var row = new VersionRow(
            Guid.CreateVersion7(now).ToString(), pipeline.Id, version.Name, version.DisplayName, version.Description, version.PackageUrl, version.CodeSourceUrl, version.Spec,
            Micros.Of(now)) { Tags = version.Tags };
        await session.ExecuteAsync(InsertVersion, new
        {
            id = row.Id,
            pipeline = pipeline.Id,
            name = row.Name,
            displayName = row.DisplayName,
            description = row.Description,
            packageUrl = row.PackageUrl,
            codeSourceUrl = row.CodeSourceUrl,
            spec = row.Spec,
            now = row.Created,
        });
        await WriteTagsAsync(session, row.Id, version.Tags);
        await session.AppendAsync(EventOf("pipeline.version.created", pipeline.Namespace, pipeline.Id, VersionPayload(row)));
        return row;
    }
}
