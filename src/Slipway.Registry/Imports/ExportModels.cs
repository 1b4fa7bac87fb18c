using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Imports;

/// <summary><c>GET /export/registry</c>: every model and version as lines that an import takes; the last line is empty.</summary>
internal static class ExportModels
{
    private const int Page = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/registry", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, HttpContext context, IDatabase database, CancellationToken cancellation)
    {
        if (!Platform.Http.Mlflow.MlflowWorkspace.Check(ns).TryGet(out _, out var problem))
        {
            return problem.ToAnswer();
        }

        await NdjsonAnswer.WriteAsync(context.Response, LinesAsync(ns, database, cancellation), ArchiveJson.Default.ArchiveLine, new ArchiveLine(), cancellation);
        return Results.Empty;
    }

    private static async IAsyncEnumerable<ArchiveLine> LinesAsync(
        string ns, IDatabase database, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = ""; ;)
        {
            var start = after;
            var names = await database.ReadAsync((session, _) => ImportStore.NamesAsync(session, ns, start, Page), cancellation);
            foreach (var name in names)
            {
                var (model, versions) = await database.ReadAsync(
                    async (session, _) =>
                    {
                        var row = await RegistryStore.FindModelRowAsync(session, ns, name);
                        return row is null
                            ? (null, [])
                            : (Of(row, await RegistryStore.AliasesAsync(session, ns, name)), await RegistryStore.ListVersionRowsAsync(session, ns, name));
                    },
                    cancellation);
                if (model is null)
                {
                    continue;
                }

                yield return new ArchiveLine { Model = model };
                foreach (var version in versions.Reverse())
                {
                    yield return new ArchiveLine { Version = Of(version) };
                }
            }

            if (names.Count < Page)
            {
                yield break;
            }

            after = names[^1];
        }
    }

    private static ArchivedModel Of(ModelRow row, IReadOnlyList<Contracts.Registry.Ports.AliasAssignment> aliases) =>
        new(row.Name, row.Description, row.Created.ToUnixTimeMilliseconds(), row.Updated.ToUnixTimeMilliseconds())
        {
            Tags = row.TagMap,
            Aliases = aliases.Where(a => a.Version is not null).ToDictionary(a => a.Alias, a => a.Version!.Value, StringComparer.Ordinal),
        };

    private static ArchivedVersion Of(VersionRow row)
    {
        var source = ModelSources.Of(row.ToVersion());
        return new ArchivedVersion(
            row.Model, row.Number, source, row.Status, row.Stage, row.Created.ToUnixTimeMilliseconds(), row.Changed.ToUnixTimeMilliseconds())
        {
            Description = row.Description,
            User = row.Author,
            RunId = NullIfEmpty(row.RunId),
            RunLink = NullIfEmpty(row.RunLink),
            StatusMessage = NullIfEmpty(row.StatusMessage),
            StorageLocation = NullIfEmpty(row.Storage) ?? source,
            Tags = row.TagMap,
        };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
