using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Kubeflow;

/// <summary>How one kind of thing is read, kept and shown.</summary>
/// <param name="Kind">In the table.</param>
/// <param name="Name">In messages.</param>
/// <param name="Fields">What it has besides name, description, externalId and customProperties.</param>
/// <param name="NameRequired">Whether it may be nameless.</param>
internal sealed record KfKind(string Kind, string Name, IReadOnlyList<string> Fields, bool NameRequired);

/// <summary>What the Kubeflow API keeps that has no other home: environments, services, serve actions, artifacts. One shape, four kinds.</summary>
internal static class KfThings
{
    public static KfKind Environment { get; } = new("environment", "serving environment", [], NameRequired: true);

    public static KfKind Service { get; } = new(
        "service", "inference service", ["registeredModelId", "servingEnvironmentId", "modelVersionId", "runtime", "desiredState"], NameRequired: false);

    public static KfKind Serve { get; } = new("serve", "serve model", ["modelVersionId", "lastKnownState"], NameRequired: false);

    public static string Millis(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    public static JsonObject WithoutNulls(JsonObject json)
    {
        foreach (var name in json.Where(m => m.Value is null).Select(m => m.Key).ToArray())
        {
            json.Remove(name);
        }

        return json;
    }

    /// <summary>The fields as they were sent.</summary>
    public static JsonObject Read(KfBody body, KfKind kind)
    {
        var name = kind.NameRequired ? body.RequiredName() : body.Name();
        var read = body.Picked(kind.Fields);
        foreach (var reference in kind.Fields.Where(f => f.EndsWith("Id", StringComparison.Ordinal)))
        {
            _ = body.Id(reference);
        }

        if (!string.IsNullOrEmpty(name))
        {
            read["name"] = name;
        }

        foreach (var (field, value) in new[] { ("description", body.Text("description")), ("externalId", body.Text("externalId", 500)) })
        {
            if (value is not null)
            {
                read[field] = value;
            }
        }

        if (body.Properties() is { } properties)
        {
            read["customProperties"] = properties.DeepClone();
        }

        return read;
    }

    public static JsonObject Shown(ThingRow row)
    {
        var shown = JsonNode.Parse(row.Body)!.AsObject();
        shown["id"] = row.Id.ToString(CultureInfo.InvariantCulture);
        shown["createTimeSinceEpoch"] = Millis(row.Created);
        shown["lastUpdateTimeSinceEpoch"] = Millis(row.Updated);
        shown["customProperties"] ??= new JsonObject();
        return shown;
    }

    public static async Task<Result<JsonObject>> AddAsync(IWriteSession session, Change change, KfKind kind, long parent, JsonObject read)
    {
        var (name, externalId) = ((string?)read["name"], (string?)read["externalId"]);
        if (name is not null && await KfStore.FindByNameAsync(session, change.Namespace, kind.Kind, parent, name) is { } there)
        {
            return Problem.Conflict($"name: {kind.Name} {there.Id} is called {Names.Shown(name)} already");
        }

        if (externalId is not null && await KfStore.FindByExternalIdAsync(session, change.Namespace, kind.Kind, externalId) is { } other)
        {
            return Problem.Conflict($"externalId: {Names.Shown(externalId)} is that of {kind.Name} {other.Id} already");
        }

        var id = await RegistryStore.NextIdAsync(session);
        var row = new ThingRow
        {
            // Nameless things must differ all the same; no name begins with a tilde and a number of another row.
            Id = id, Namespace = change.Namespace, Kind = kind.Kind, Parent = parent, Name = name ?? $"~{id}", ExternalId = externalId, Body = read.ToJsonString(),
            Created = change.Now, Updated = change.Now,
        };
        await KfStore.AddAsync(session, row);
        return Shown(row);
    }

    public static async Task<Result<JsonObject>> UpdateAsync(KfCall call, KfKind kind, Func<IWriteSession, JsonObject, Task<Problem?>>? check = null)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var read = Read(body, kind with { NameRequired = false });
        if (body.Problem is { } bad)
        {
            return bad;
        }

        return await call.WriteAsync<JsonObject>(async (session, change) =>
        {
            if (await KfStore.FindAsync(session, call.Namespace, kind.Kind, call.Id) is not { } row)
            {
                return KfCall.NoSuch(kind.Name, call.Id);
            }

            if (check is not null && await check(session, read) is { } refused)
            {
                return refused;
            }

            return await MergeAsync(session, change, kind, row, read);
        });
    }

    /// <summary>What is given replaces what was; names and what a thing belongs to stay.</summary>
    public static async Task<Result<JsonObject>> MergeAsync(IWriteSession session, Change change, KfKind kind, ThingRow row, JsonObject read)
    {
        var body = JsonNode.Parse(row.Body)!.AsObject();
        foreach (var (field, value) in read)
        {
            if (field is "name" or "registeredModelId" or "servingEnvironmentId" or "artifactType" && (string?)body[field] != (string?)value)
            {
                return Problem.Invalid($"{field}: cannot be changed");
            }

            body[field] = value?.DeepClone();
        }

        var externalId = (string?)body["externalId"];
        if (externalId is not null && await KfStore.FindByExternalIdAsync(session, change.Namespace, kind.Kind, externalId) is { } other && other.Id != row.Id)
        {
            return Problem.Conflict($"externalId: {Names.Shown(externalId)} is that of {kind.Name} {other.Id} already");
        }

        var changed = row with { ExternalId = externalId, Body = body.ToJsonString(), Updated = change.Now };
        await KfStore.UpdateAsync(session, changed);
        return Shown(changed);
    }

    public static async Task<Result<JsonObject>> GetAsync(KfCall call, KfKind kind) =>
        await call.ReadAsync(session => KfStore.FindAsync(session, call.Namespace, kind.Kind, call.Id)) is { } row ? Shown(row) : KfCall.NoSuch(kind.Name, call.Id);

    public static async Task<Result<JsonObject>> ListAsync(KfCall call, KfKind kind, long? parent)
    {
        if (!KfList.Read(call.Http.Request.Query).TryGet(out var list, out var problem))
        {
            return problem;
        }

        return list.PageOf((await call.ReadAsync(session => KfStore.ListAsync(session, call.Namespace, kind.Kind, parent, KfList.MostLookedAt))).Select(Shown));
    }

    /// <summary><c>?name=</c> (with <c>parentResourceId</c> where there are parents) or <c>?externalId=</c></summary>
    public static async Task<Result<JsonObject>> FindAsync(KfCall call, KfKind kind, bool hasParent)
    {
        var (name, externalId) = (call.Query("name"), call.Query("externalId"));
        _ = long.TryParse(call.Query("parentResourceId"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent);
        if (externalId is null && (name is null || (hasParent && parent == 0)))
        {
            return Problem.Invalid(hasParent ? "give externalId, or name together with parentResourceId" : "name, externalId: give one of them");
        }

        var row = await call.ReadAsync(session => externalId is not null
            ? KfStore.FindByExternalIdAsync(session, call.Namespace, kind.Kind, externalId)
            : KfStore.FindByNameAsync(session, call.Namespace, kind.Kind, parent, name!));
        return row is null ? Problem.NotFound($"{kind.Name} {Names.Shown(externalId ?? name!)}") : Shown(row);
    }
}
