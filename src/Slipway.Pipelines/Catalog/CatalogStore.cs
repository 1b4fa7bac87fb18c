using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Catalog;

/// <summary>Uploaded pipelines. Their versions are in CatalogStore.Versions.cs.</summary>
internal sealed partial class CatalogStore(IDatabase database, TimeProvider time)
{
    private const string PipelineColumns = "id AS Id, namespace AS Namespace, name AS Name, display_name AS DisplayName, description AS Description, created AS Created";

    private const string FindPipeline = $"SELECT {PipelineColumns} FROM pipeline_catalog WHERE id = @id";

    private const string FindPipelineByName = $"SELECT {PipelineColumns} FROM pipeline_catalog WHERE namespace = @ns AND name = @name";

    private const string InsertPipeline =
        "INSERT INTO pipeline_catalog (id, namespace, name, display_name, description, created) VALUES (@id, @ns, @name, @displayName, @description, @now)";

    private const string RenamePipeline = "UPDATE pipeline_catalog SET display_name = @displayName, description = @description WHERE id = @id";

    private const string DeletePipelineRow = "DELETE FROM pipeline_catalog WHERE id = @id";

    private const string TagsOf = "SELECT owner_id AS OwnerId, tag AS Tag, value AS Value FROM pipeline_tags WHERE owner_id IN @ids";

    private const string InsertTag = "INSERT INTO pipeline_tags (owner_id, tag, value) VALUES (@id, @tag, @value)";

    private const string DeleteTags = "DELETE FROM pipeline_tags WHERE owner_id = @id";

    private const string TagFilter = "EXISTS (SELECT 1 FROM pipeline_tags WHERE owner_id = id AND tag = @{tag} AND {value})";

    public static ListTable Pipelines { get; } = new(
        $"SELECT {PipelineColumns} FROM pipeline_catalog",
        "FROM pipeline_catalog",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["pipeline_id"] = new("id"),
            ["id"] = new("id"),
            ["name"] = new("name"),
            ["display_name"] = new("display_name"),
            ["description"] = new("description"),
            ["namespace"] = new("namespace"),
            ["created_at"] = new("created", ColumnKind.Time),
        },
        TagFilter: TagFilter);

    private sealed record TagRow(string OwnerId, string Tag, string Value);

    /// <summary>The pipeline, with its first version in the same transaction when there is one. AlreadyExists when the namespace has the name.</summary>
    public Task<Result<(PipelineRow Pipeline, VersionRow? Version)>> CreateAsync(NewPipeline pipeline, NewVersion? version, CancellationToken cancellation) =>
        database.WriteAsync<(PipelineRow, VersionRow?)>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipelineByName, new { ns = pipeline.Namespace, name = pipeline.Name }) is not null)
                {
                    return Problem.AlreadyExists($"pipeline '{pipeline.Name}' in namespace {pipeline.Namespace}");
                }

                var now = time.GetUtcNow();
                var id = Guid.CreateVersion7(now).ToString();
                await session.ExecuteAsync(InsertPipeline, new
                {
                    id, ns = pipeline.Namespace, name = pipeline.Name, displayName = pipeline.DisplayName, description = pipeline.Description, now = Micros.Of(now),
                });
                await WriteTagsAsync(session, id, pipeline.Tags);
                await session.AppendAsync(EventOf("pipeline.created", pipeline.Namespace, id, new JsonObject { ["id"] = id, ["name"] = pipeline.Name }));
                var row = new PipelineRow(id, pipeline.Namespace, pipeline.Name, pipeline.DisplayName, pipeline.Description, Micros.Of(now)) { Tags = pipeline.Tags };
                if (version is null)
                {
                    return (row, (VersionRow?)null);
                }

                return (row, (VersionRow?)await InsertVersionAsync(session, row, version));
            },
            cancellation);

    public Task<PipelineRow?> FindAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync(async (session, _) => await WithTagsAsync(session, await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id })), cancellation);

    public Task<PipelineRow?> FindByNameAsync(string ns, string name, CancellationToken cancellation) =>
        database.ReadAsync(
            async (session, _) => await WithTagsAsync(session, await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipelineByName, new { ns, name })), cancellation);

    /// <param name="ns">Null is all.</param>
    public Task<Page<PipelineRow>> ListAsync(string? ns, ListRequest request, CancellationToken cancellation) =>
        database.ReadAsync(
            async (session, _) =>
            {
                var page = await ListStore.ReadAsync<PipelineRow>(
                    session, Pipelines, request, p => p.Id, ns is null ? [] : [new ListScope("namespace = @ns", ("ns", ns))]);
                var tags = await TagsAsync(session, [.. page.Items.Select(p => p.Id)]);
                return page with { Items = [.. page.Items.Select(p => p with { Tags = tags(p.Id) })] };
            },
            cancellation);

    /// <summary>Null leaves as it is.</summary>
    public Task<Result<PipelineRow>> UpdateAsync(
        string id, string? displayName, string? description, IReadOnlyDictionary<string, string>? tags, CancellationToken cancellation) =>
        database.WriteAsync<PipelineRow>(
            async (session, _) =>
            {
                if (await WithTagsAsync(session, await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id })) is not { } row)
                {
                    return Problem.NotFound($"pipeline {id}");
                }

                row = row with { DisplayName = displayName ?? row.DisplayName, Description = description ?? row.Description, Tags = tags ?? row.Tags };
                await session.ExecuteAsync(RenamePipeline, new { id, displayName = row.DisplayName, description = row.Description });
                if (tags is not null)
                {
                    await WriteTagsAsync(session, id, tags);
                }

                await session.AppendAsync(EventOf("pipeline.updated", row.Namespace, id, new JsonObject { ["id"] = id, ["displayName"] = row.DisplayName }));
                return row;
            },
            cancellation);

    /// <summary>Without <paramref name="cascade"/> only a pipeline that has no versions. Runs keep the spec that they were started with.</summary>
    public Task<Result<Unit>> DeleteAsync(string id, bool cascade, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<PipelineRow>(FindPipeline, new { id }) is not { } row)
                {
                    return Problem.NotFound($"pipeline {id}");
                }

                var versions = await session.QueryAsync<string>(VersionIds, new { id });
                if (versions.Count > 0 && !cascade)
                {
                    return Problem.Invalid($"pipeline {id} has {versions.Count} versions (such as {versions[0]}): delete them first, or set cascade=true");
                }

                foreach (var version in versions)
                {
                    await DeleteVersionAsync(session, row, version);
                }

                await session.ExecuteAsync(DeleteTags, new { id });
                await session.ExecuteAsync(DeletePipelineRow, new { id });
                await session.AppendAsync(EventOf("pipeline.deleted", row.Namespace, id, new JsonObject { ["id"] = id, ["name"] = row.Name }));
                return Result.Ok;
            },
            cancellation);

    private static EventDraft EventOf(string type, string ns, string id, JsonObject payload) =>
        new(type, ns, $"pipelines/{id}", Encoding.UTF8.GetBytes(payload.ToJsonString()));

    private static async Task<PipelineRow?> WithTagsAsync(IReadSession session, PipelineRow? row) =>
        row is null ? null : row with { Tags = (await TagsAsync(session, [row.Id]))(row.Id) };

    private static async Task<Func<string, IReadOnlyDictionary<string, string>>> TagsAsync(IReadSession session, string[] ids)
    {
        var rows = ids.Length == 0 ? [] : await session.QueryAsync<TagRow>(TagsOf, new { ids });
        var byOwner = rows.ToLookup(r => r.OwnerId);
        return id => byOwner[id].ToDictionary(r => r.Tag, r => r.Value, StringComparer.Ordinal);
    }

    private static async Task WriteTagsAsync(IWriteSession session, string id, IReadOnlyDictionary<string, string> tags)
    {
        await session.ExecuteAsync(DeleteTags, new { id });
        await session.ExecuteAsync(InsertTag, tags.Select(t => new { id, tag = t.Key, value = t.Value }).ToList());
    }
}
