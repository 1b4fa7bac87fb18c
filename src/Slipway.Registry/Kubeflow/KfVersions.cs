using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Kubeflow;

/// <summary>Kubeflow's ModelVersion: the versions that everybody sees. Its name is what the client calls it, or its number.</summary>
internal static class KfVersions
{
    public static Task<Result<JsonObject>> ListAsync(KfCall call) => ListAsync(call, null);

    /// <summary>Those of the model in the path.</summary>
    public static async Task<Result<JsonObject>> ListOfModelAsync(KfCall call) =>
        await call.ReadAsync(session => KfStore.FindModelAsync(session, call.Namespace, call.Id)) is { } model
            ? await ListAsync(call, model.Name)
            : KfCall.NoSuch("registered model", call.Id);

    public static async Task<Result<JsonObject>> GetAsync(KfCall call) => await call.ReadAsync(async session =>
        await KfStore.FindVersionAsync(session, call.Namespace, call.Id) is { } row ? await ShownAsync(session, row) : KfCall.NoSuch("model version", call.Id));

    /// <summary><c>?name=&amp;parentResourceId=</c> or <c>?externalId=</c></summary>
    public static async Task<Result<JsonObject>> FindAsync(KfCall call)
    {
        var (name, parent, externalId) = (call.Query("name"), call.Query("parentResourceId"), call.Query("externalId"));
        if (externalId is null && (name is null || parent is null))
        {
            return Problem.Invalid("give externalId, or name together with parentResourceId");
        }

        return await call.ReadAsync<Result<JsonObject>>(async session =>
        {
            VersionRow? row = null;
            if (externalId is not null)
            {
                row = await KfStore.FindVersionByExternalIdAsync(session, call.Namespace, externalId);
            }
            else if (long.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && await KfStore.FindModelAsync(session, call.Namespace, id) is { } model)
            {
                row = await KfStore.FindVersionByNameAsync(session, call.Namespace, model.Name, name!);
            }

            return row is null ? Problem.NotFound($"model version {Names.Shown(externalId ?? name!)}") : await ShownAsync(session, row);
        });
    }

    public static Task<Result<JsonObject>> CreateAsync(KfCall call) => CreateAsync(call, null);

    /// <summary>Of the model in the path.</summary>
    public static Task<Result<JsonObject>> CreateOfModelAsync(KfCall call) => CreateAsync(call, call.Id);

    public static async Task<Result<JsonObject>> UpdateAsync(KfCall call)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var changes = Changes.Read(body);
        if (body.Problem is { } bad)
        {
            return bad;
        }

        return await call.WriteAsync<JsonObject>(async (session, change) =>
        {
            if (await KfStore.FindVersionAsync(session, call.Namespace, call.Id) is not { } row)
            {
                return KfCall.NoSuch("model version", call.Id);
            }

            if (changes.Name is { } name && name != NameOf(row))
            {
                return Problem.Invalid($"name: is {NameOf(row)} and cannot be changed");
            }

            await RegistryStore.LockModelAsync(session, call.Namespace, row.Model);
            foreach (var (key, value) in changes.Tags is null ? [] : KfProperties.Changes(row.TagMap, changes.Tags))
            {
                await ChangeVersion.TagAsync(session, change, row.Model, row.Number, key, value);
            }

            var extras = new VersionExtras(
                changes.Description ?? row.Description, changes.Author ?? row.Author, changes.ExternalId ?? row.ExternalId, changes.Properties ?? row.Properties,
                changes.State is null ? row.Archived : changes.State == "ARCHIVED");
            await RegistryStore.SetVersionExtrasAsync(session, row.Namespace, row.Model, row.Number, extras, change.Now);
            await change.TellAsync(session, "model.version.updated", row.Model, new JsonObject { ["model"] = row.Model, ["version"] = row.Number, ["changed"] = "facts of the Kubeflow API" });
            return await ShownAsync(session, (await KfStore.FindVersionAsync(session, call.Namespace, call.Id))!);
        });
    }

    public static async Task<Result<JsonObject>> ShownAsync(IReadSession session, VersionRow row) =>
        Shown(row, (await RegistryStore.FindModelRowAsync(session, row.Namespace, row.Model))!.Id);

    private static JsonObject Shown(VersionRow row, long modelId) => KfThings.WithoutNulls(new JsonObject
    {
        ["id"] = row.Id.ToString(CultureInfo.InvariantCulture), ["name"] = NameOf(row), ["description"] = row.Description, ["externalId"] = row.ExternalId,
        ["author"] = row.Author, ["state"] = row.Archived ? "ARCHIVED" : "LIVE", ["registeredModelId"] = modelId.ToString(CultureInfo.InvariantCulture),
        ["createTimeSinceEpoch"] = KfThings.Millis(row.Created), ["lastUpdateTimeSinceEpoch"] = KfThings.Millis(row.Changed),
        ["customProperties"] = KfProperties.Shown(row.TagMap, row.Properties),
    });

    private static string NameOf(VersionRow row) => row.Label ?? row.Version.ToString(CultureInfo.InvariantCulture);

    private static async Task<Result<JsonObject>> ListAsync(KfCall call, string? model)
    {
        if (!KfList.Read(call.Http.Request.Query).TryGet(out var list, out var problem))
        {
            return problem;
        }

        return await call.ReadAsync<Result<JsonObject>>(async session =>
        {
            var rows = list.Filter is null
                ? await KfStore.VersionsAsync(session, call.Namespace, model, list.Order("v"), list.Size + 1, list.Offset)
                : await KfStore.VersionsAsync(session, call.Namespace, model, "v.id", KfList.MostLookedAt, 0);
            var ids = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var name in rows.Select(r => r.Model).Distinct(StringComparer.Ordinal))
            {
                ids[name] = (await RegistryStore.FindModelRowAsync(session, call.Namespace, name))!.Id;
            }

            var items = rows.Select(r => Shown(r, ids[r.Model]));
            return list.Filter is null ? list.Page(items) : list.PageOf(items);
        });
    }

    private static async Task<Result<JsonObject>> CreateAsync(KfCall call, long? ofModel)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var (name, modelId) = (body.RequiredName(), ofModel ?? body.Id("registeredModelId"));
        if (modelId is null && body.Problem is null)
        {
            body.Reject("registeredModelId", "is missing; give the id of the registered model");
        }

        var changes = Changes.Read(body);
        if (body.Problem is { } bad)
        {
            return bad;
        }

        return await call.WriteAsync<JsonObject>(async (session, change) =>
        {
            if (await KfStore.FindModelAsync(session, call.Namespace, modelId!.Value) is not { } model)
            {
                return KfCall.NoSuch("registered model", modelId.Value);
            }

            await RegistryStore.LockModelAsync(session, call.Namespace, model.Name);
            if (await KfStore.FindVersionByNameAsync(session, call.Namespace, model.Name, name) is not null)
            {
                return Problem.Conflict($"name: {model.Name} has a version {Names.Shown(name)} already");
            }

            if (changes.ExternalId is { } externalId && await KfStore.FindVersionByExternalIdAsync(session, call.Namespace, externalId) is { } other)
            {
                return Problem.Conflict($"externalId: {Names.Shown(externalId)} is that of model version {other.Id} already");
            }

            var wanted = new ForeignVersion(model.Name, "", "")
            {
                Description = changes.Description ?? "", Author = changes.Author ?? "", ExternalId = changes.ExternalId, Properties = changes.Properties ?? "{}",
                Tags = changes.Tags ?? new Dictionary<string, string>(),
            };
            if (!(await AddVersion.ForeignAsync(session, change, wanted)).TryGet(out var made, out var refused))
            {
                return refused;
            }

            await KfStore.SetLabelAsync(session, call.Namespace, model.Name, made.Version, name);
            if (changes.State == "ARCHIVED")
            {
                await RegistryStore.SetVersionExtrasAsync(session, call.Namespace, model.Name, made.Number, VersionExtras.Of(made) with { Archived = true }, change.Now);
            }

            return Shown((await KfStore.FindVersionAsync(session, call.Namespace, made.Id))!, model.Id);
        });
    }

    private sealed record Changes(
        string? Name, string? Description, string? Author, string? ExternalId, string? State, IReadOnlyDictionary<string, string>? Tags, string? Properties)
    {
        public static Changes Read(KfBody body)
        {
            var properties = body.Properties();
            IReadOnlyDictionary<string, string>? tags = null;
            string? rest = null;
            if (properties is not null && body.Problem is null)
            {
                (tags, rest) = KfProperties.Split(properties);
            }

            return new Changes(body.Name(), body.Text("description"), body.Text("author", 250), body.Text("externalId", 500), body.Choice("state", "LIVE", "ARCHIVED"), tags, rest);
        }
    }
}
