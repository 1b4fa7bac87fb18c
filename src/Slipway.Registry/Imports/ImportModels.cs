using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Imports;

/// <summary>
/// <c>POST /import/registry</c>: models and versions of an archive, as lines. Versions keep their numbers, gaps included. What is here already is brought up to date in what
/// may change (description, tags, stage, aliases); a version that was made here under the same number is a conflict.
/// </summary>
internal static class ImportModels
{
    private const int LinesAtOnce = 200;
    private const long MaxBytes = 16 * 1024 * 1024;
    private const string Reason = "imported";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/registry", HandleAsync).RequirePermission("models.promote");

    private static async Task<IResult> HandleAsync(
        string ns, HttpRequest request, IDatabase database, [FromServices] IModelSources sources, TimeProvider time, CancellationToken cancellation)
    {
        if (MlflowNamespace(ns) is { } wrong)
        {
            return wrong.ToAnswer();
        }

        var count = 0L;
        try
        {
            await foreach (var lines in NdjsonBody.ReadAsync(request, ArchiveJson.Default.ArchiveLine, LinesAtOnce, MaxBytes, cancellation))
            {
                // Addresses are resolved before the transaction: it waits for nobody.
                var storages = new string[lines.Count];
                for (var i = 0; i < lines.Count; i++)
                {
                    storages[i] = lines[i].Value.Version is { } version ? await StorageAsync(sources, ns, version, cancellation) : "";
                }

                var change = Change.By(ns, time);
                var kept = await database.WriteAsync((session, _) => KeepAsync(session, change, lines, storages), cancellation);
                if (!kept.TryGet(out _, out var problem))
                {
                    return problem.ToAnswer();
                }

                count += lines.Count;
            }
        }
        catch (ProblemException broken)
        {
            return broken.Problem.ToAnswer();
        }

        return Results.Json(new ImportAnswer(count, new Dictionary<string, ImportedExperiment>()), ArchiveJson.Default.ImportAnswer);
    }

    private static Problem? MlflowNamespace(string ns) => Platform.Http.Mlflow.MlflowWorkspace.Check(ns).TryGet(out _, out var problem) ? null : problem;

    private static async Task<Result<Unit>> KeepAsync(IWriteSession session, Change change, IReadOnlyList<(long Line, ArchiveLine Value)> lines, string[] storages)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var kept = lines[i].Value switch
            {
                { Model: { } model } => await KeepAsync(session, change, model),
                { Version: { } version } => await KeepAsync(session, change, version, storages[i]),
                _ => Problem.Invalid("it is neither a model nor a version"),
            };
            if (!kept.TryGet(out _, out var problem))
            {
                return problem with { Message = $"line {lines[i].Line}: {problem.Message}" };
            }
        }

        return default(Unit);
    }

    private static async Task<Result<Unit>> KeepAsync(IWriteSession session, Change change, ArchivedModel model)
    {
        if (MlflowRules.ModelName(model.Name) is { } fault)
        {
            return fault;
        }

        if (await RegistryStore.FindModelRowAsync(session, change.Namespace, model.Name) is null)
        {
            var made = await CreateModel.ApplyAsync(session, change, model.Name, model.Description, model.Tags);
            if (!made.TryGet(out _, out var problem))
            {
                return problem;
            }

            await ImportStore.SetModelTimesAsync(session, change.Namespace, model.Name, Time(model.Created), Time(model.Updated));
        }
        else
        {
            await RegistryStore.SetDescriptionAsync(session, change.Namespace, model.Name, model.Description, change.Now);
            await RegistryStore.SetModelTagsAsync(session, change.Namespace, model.Name, model.Tags, [.. model.Tags.Keys], change.Now);
        }

        foreach (var (alias, version) in model.Aliases.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            if (!(await MoveAlias.ApplyAsync(session, change, model.Name, alias, version, Reason)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return default(Unit);
    }

    private static async Task<Result<Unit>> KeepAsync(IWriteSession session, Change change, ArchivedVersion version, string storage)
    {
        var (ns, name, number) = (change.Namespace, version.Name, version.Version);
        if (number < 1 || !await RegistryStore.LockModelAsync(session, ns, name))
        {
            return number < 1 ? Problem.Invalid($"version {number} of {name}: versions count from 1") : Missing.Model(name);
        }

        // When it was made tells it from one of the same number in another archive.
        var key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"imported/{number}/{version.Created}");
        if (await ImportStore.FindKeyAsync(session, ns, name, number) is { } there)
        {
            if (there != key)
            {
                return Problem.Conflict($"version {number} of model {name} was made here and is another; import into another namespace, or delete it first");
            }

            await RegistryStore.SetVersionDescriptionAsync(session, ns, name, number, version.Description, change.Now);
        }
        else
        {
            await AddAsync(session, change, version, storage, key);
        }

        var row = (await RegistryStore.FindVersionRowAsync(session, ns, name, number))!;
        if (row.Stage != version.Stage)
        {
            await RegistryStore.SetStageAsync(session, ns, name, number, version.Stage, change.Now);
            await RegistryStore.RememberStageAsync(session, ns, name, number, version.Stage, row.Stage, change.Actor, Reason, change.Now);
        }

        var before = row.TagMap;
        foreach (var tag in before.Keys.Union(version.Tags.Keys, StringComparer.Ordinal).Where(t => before.GetValueOrDefault(t) != version.Tags.GetValueOrDefault(t)))
        {
            await RegistryStore.SetVersionTagsAsync(session, row, version.Tags, tag, change.Now);
        }

        await ImportStore.SetVersionStateAsync(session, ns, name, number, version.Status, version.StatusMessage ?? "", Time(version.Updated));
        return default(Unit);
    }

    private static async Task AddAsync(IWriteSession session, Change change, ArchivedVersion version, string storage, string key)
    {
        await ImportStore.ReserveAsync(session, change.Namespace, version.Name, version.Version);
        var made = new ModelVersion(change.Namespace, version.Name, version.Version, "", AddVersion.ForeignFormat, Time(version.Created))
        {
            Lineage = new ModelLineage { Run = version.RunId },
            Tags = version.Tags, Author = version.User, Description = version.Description, Source = version.Source,
        };
        await AddVersion.KeepAsync(session, change, new NewVersion(made, key, await RegistryStore.NextIdAsync(session))
        {
            Storage = storage, RunId = version.RunId ?? "", RunLink = version.RunLink ?? "", ModelId = Sources.LoggedModel(version.Source) ?? "",
        });
    }

    // Only places that the server may read from; a folder of the machine that the archive came from is remembered as the source and no more.
    private static async Task<string> StorageAsync(IModelSources sources, string ns, ArchivedVersion version, CancellationToken cancellation)
    {
        var place = version.StorageLocation is { Length: > 0 } given ? given : version.Source;
        if (place.StartsWith("runs:/", StringComparison.Ordinal))
        {
            var (run, path) = place["runs:/".Length..].Split('/', 2) is [var id, var rest] ? (id, rest) : (place["runs:/".Length..], "");
            return await sources.FindRunArtifactUriAsync(ns, run, cancellation) is { } root ? $"{root}/{path}" : "";
        }

        if (Sources.LoggedModel(place) is { } model)
        {
            return (await sources.FindLoggedModelAsync(ns, model, cancellation))?.ArtifactUri ?? "";
        }

        return Sources.Check(place, fromModel: false) is null ? place : "";
    }

    private static DateTimeOffset Time(long millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis);
}
