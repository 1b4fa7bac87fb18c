using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Kubeflow;

/// <summary>Kubeflow's RegisteredModel: the models that everybody sees.</summary>
internal static class KfModels
{
    private static readonly string[] Profile = ["readme", "maturity", "language", "tasks", "provider", "logo", "license", "licenseLink", "libraryName"];

    public static async Task<Result<JsonObject>> ListAsync(KfCall call)
    {
        if (!KfList.Read(call.Http.Request.Query).TryGet(out var list, out var problem))
        {
            return problem;
        }

        return await call.ReadAsync(async session => list.Filter is null
            ? list.Page((await KfStore.ModelsAsync(session, call.Namespace, list.Order("m"), list.Size + 1, list.Offset)).Select(Shown))
            : list.PageOf((await KfStore.ModelsAsync(session, call.Namespace, "m.id", KfList.MostLookedAt, 0)).Select(Shown)));
    }

    public static async Task<Result<JsonObject>> GetAsync(KfCall call) =>
        await call.ReadAsync(session => KfStore.FindModelAsync(session, call.Namespace, call.Id)) is { } row ? Shown(row) : KfCall.NoSuch("registered model", call.Id);

    /// <summary><c>?name=</c> or <c>?externalId=</c></summary>
    public static async Task<Result<JsonObject>> FindAsync(KfCall call)
    {
        var (name, externalId) = (call.Query("name"), call.Query("externalId"));
        if (name is null && externalId is null)
        {
            return Problem.Invalid("name, externalId: give one of them");
        }

        var row = await call.ReadAsync(session => name is not null
            ? RegistryStore.FindModelRowAsync(session, call.Namespace, name)
            : KfStore.FindModelByExternalIdAsync(session, call.Namespace, externalId!));
        return row is null ? Problem.NotFound($"registered model {Names.Shown(name ?? externalId!)}") : Shown(row);
    }

    public static async Task<Result<JsonObject>> CreateAsync(KfCall call)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var name = body.RequiredName();
        if (body.Problem is null && Names.Known(name) is { } badName)
        {
            body.Reject("name", badName.Message);
        }

        var changes = Changes.Read(body);
        if (body.Problem is { } bad)
        {
            return bad;
        }

        return await call.WriteAsync<JsonObject>(async (session, change) =>
            (await CreateModel.ApplyAsync(session, change, name, changes.Description ?? "", changes.Tags ?? new Dictionary<string, string>())).TryGet(out var row, out var taken)
                ? await ApplyAsync(session, change, row, changes)
                : taken);
    }

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
            if (await KfStore.FindModelAsync(session, call.Namespace, call.Id) is not { } row)
            {
                return KfCall.NoSuch("registered model", call.Id);
            }

            if (changes.Name is { } name && name != row.Name)
            {
                return Problem.Invalid($"name: is {row.Name} and cannot be changed here");
            }

            await RegistryStore.LockModelAsync(session, call.Namespace, row.Name);
            foreach (var (key, value) in changes.Tags is null ? [] : KfProperties.Changes(row.TagMap, changes.Tags))
            {
                await ChangeModel.TagAsync(session, change, row.Name, key, value);
            }

            return await ApplyAsync(session, change, row, changes);
        });
    }

    public static JsonObject Shown(ModelRow row)
    {
        var shown = new JsonObject
        {
            ["id"] = row.Id.ToString(CultureInfo.InvariantCulture), ["name"] = row.Name, ["description"] = row.Description, ["externalId"] = row.ExternalId, ["owner"] = row.Owner,
            ["state"] = row.Archived ? "ARCHIVED" : "LIVE", ["createTimeSinceEpoch"] = KfThings.Millis(row.Created), ["lastUpdateTimeSinceEpoch"] = KfThings.Millis(row.Updated),
            ["customProperties"] = KfProperties.Shown(row.TagMap, row.Properties),
        };
        foreach (var (key, value) in JsonNode.Parse(row.Profile)!.AsObject())
        {
            shown[key] = value?.DeepClone();
        }

        return KfThings.WithoutNulls(shown);
    }

    private static async Task<Result<JsonObject>> ApplyAsync(IWriteSession session, Change change, ModelRow row, Changes changes)
    {
        if (changes.ExternalId is { } externalId && await KfStore.FindModelByExternalIdAsync(session, row.Namespace, externalId) is { } other && other.Id != row.Id)
        {
            return Problem.Conflict($"externalId: {Names.Shown(externalId)} is that of registered model {other.Id} already");
        }

        var profile = JsonNode.Parse(row.Profile)!.AsObject();
        foreach (var (key, value) in changes.Profile)
        {
            profile[key] = value?.DeepClone();
        }

        var extras = new ModelExtras(
            changes.Description ?? row.Description, changes.Owner ?? row.Owner, changes.ExternalId ?? row.ExternalId, changes.Properties ?? row.Properties, profile.ToJsonString(),
            changes.State is null ? row.Archived : changes.State == "ARCHIVED");
        await RegistryStore.SetModelExtrasAsync(session, row.Namespace, row.Name, extras, change.Now);
        await change.TellAsync(session, "model.updated", row.Name, new JsonObject { ["name"] = row.Name, ["description"] = extras.Description });
        return Shown((await RegistryStore.FindModelRowAsync(session, row.Namespace, row.Name))!);
    }

    private sealed record Changes(
        string? Name, string? Description, string? Owner, string? ExternalId, string? State, IReadOnlyDictionary<string, string>? Tags, string? Properties, JsonObject Profile)
    {
        public static Changes Read(KfBody body)
        {
            var properties = body.Properties();
            var (tags, rest) = properties is null || body.Problem is not null ? (null, null) : Both(KfProperties.Split(properties));
            return new Changes(
                body.Name(), body.Text("description"), body.Text("owner", 250), body.Text("externalId", 500), body.Choice("state", "LIVE", "ARCHIVED"), tags, rest,
                body.Picked(KfModels.Profile));
        }

        private static (IReadOnlyDictionary<string, string>?, string?) Both((IReadOnlyDictionary<string, string> Tags, string Others) split) => (split.Tags, split.Others);
    }
}
