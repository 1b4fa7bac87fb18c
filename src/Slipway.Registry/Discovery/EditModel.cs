using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Http;
using Slipway.Registry.Usage;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Discovery;

/// <summary>
/// <c>PATCH</c> of a model or a version with <c>{"description": "..", "tags": {"k": "v", "gone": null}}</c>, and <c>DELETE</c> of either: refused while it is served.
/// </summary>
internal static class EditModel
{
    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapPatch("/{model}", PatchModelAsync).RequirePermission("models.write");
        models.MapDelete("/{model}", DeleteModelAsync).RequirePermission("models.write");
        models.MapPatch("/{model}/versions/{version}", PatchVersionAsync).RequirePermission("models.write");
        models.MapDelete("/{model}/versions/{version}", DeleteVersionAsync).RequirePermission("models.write");
    }

    private static async Task<IResult> PatchModelAsync(string ns, string model, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model).TryGet(out _, out var problem) || !(await OwnApi.BodyAsync(request, cancellation)).Then(b => Edit.Read(b, ofVersion: false)).TryGet(out var edit, out problem))
        {
            return problem.ToAnswer();
        }

        var change = Change.By(ns, time);
        var written = await database.WriteAsync<ModelSummary>(
            async (session, _) =>
            {
                if (!await RegistryStore.LockModelAsync(session, ns, model))
                {
                    return Problem.NotFound($"model {model} in namespace {ns}");
                }

                if (edit.Description is { } description)
                {
                    await ChangeModel.DescribeAsync(session, change, model, description);
                }

                foreach (var (key, value) in edit.Tags)
                {
                    await ChangeModel.TagAsync(session, change, model, key, value);
                }

                return (await RegistryStore.FindModelAsync(session, ns, model))!;
            },
            cancellation);
        return written.ToAnswer(summary => Results.Json(summary, RegistryJson.Default.ModelSummary));
    }

    private static async Task<IResult> PatchVersionAsync(
        string ns, string model, string version, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem)
            || !(await OwnApi.BodyAsync(request, cancellation)).Then(b => Edit.Read(b, ofVersion: true)).TryGet(out var edit, out problem))
        {
            return problem.ToAnswer();
        }

        var change = Change.By(ns, time);
        var written = await database.WriteAsync<VersionRow>(
            async (session, _) =>
            {
                if (!(await ChangeVersion.FindAsync(session, ns, model, number)).TryGet(out var _, out var missing))
                {
                    return missing;
                }

                if (edit.Description is { } description)
                {
                    await ChangeVersion.DescribeAsync(session, change, model, number, description);
                }

                foreach (var (key, value) in edit.Tags)
                {
                    await ChangeVersion.TagAsync(session, change, model, number, key, value);
                }

                return (await RegistryStore.FindVersionRowAsync(session, ns, model, number))!;
            },
            cancellation);
        return written.ToAnswer(row => Results.Json(row.ToVersion(), RegistryJson.Default.ModelVersion));
    }

    private static async Task<IResult> DeleteModelAsync(string ns, string model, IDatabase database, ModelUsage usage, TimeProvider time, CancellationToken cancellation)
    {
        if ((Requests.Check(ns, model) ?? await usage.HoldsAsync(ns, model, null, "deleted", cancellation)) is { } bad)
        {
            return bad.ToAnswer();
        }

        var change = Change.By(ns, time);
        return (await database.WriteAsync((session, _) => DeleteModel.ApplyAsync(session, change, model), cancellation)).ToAnswer(_ => Results.NoContent());
    }

    private static async Task<IResult> DeleteVersionAsync(
        string ns, string model, string version, IDatabase database, ModelUsage usage, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem))
        {
            return problem.ToAnswer();
        }

        if (await usage.HoldsAsync(ns, model, number, "deleted", cancellation) is { } held)
        {
            return held.ToAnswer();
        }

        var change = Change.By(ns, time);
        return (await database.WriteAsync((session, _) => DeleteVersion.ApplyAsync(session, change, model, number), cancellation)).ToAnswer(_ => Results.NoContent());
    }

    /// <summary>What is to change; a tag that is null goes.</summary>
    private sealed record Edit(string? Description, IReadOnlyDictionary<string, string?> Tags)
    {
        private const int MostTags = 200;

        public static Result<Edit> Read(JsonObject body, bool ofVersion)
        {
            var faults = new List<Fault>();
            faults.AddRange(body.Select(m => m.Key).Except(["description", "tags"], StringComparer.Ordinal).Select(k => new Fault(Names.Shown(k), "cannot be changed; only description and tags can")));
            var description = body.ContainsKey("description") ? OwnApi.Text(body, "description", faults) : null;
            var tags = new Dictionary<string, string?>(StringComparer.Ordinal);
            if (body["tags"] is JsonObject given && given.Count <= MostTags)
            {
                foreach (var (key, node) in given)
                {
                    var value = node is null ? null : OwnApi.Text(given, key, faults);
                    tags[key] = value;
                    if (MlflowRules.Tag(key, value ?? "", ofVersion) is { } bad)
                    {
                        faults.Add(new Fault("tags", bad.Message));
                    }
                }
            }
            else if (body["tags"] is not null)
            {
                faults.Add(new Fault("tags", $"must be an object of at most {MostTags} texts"));
            }

            return faults.Count > 0 ? Problem.Invalid(faults) : new Edit(description, tags);
        }
    }
}
