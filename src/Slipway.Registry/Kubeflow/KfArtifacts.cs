using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Kubeflow;

/// <summary>
/// Kubeflow's artifacts. A version whose files the registry knows has its model artifact without anybody writing one; a model artifact that is written for a
/// version without files says where they are.
/// </summary>
internal static class KfArtifacts
{
    private const string ModelArtifact = "model-artifact";

    private static readonly string[] Types = [ModelArtifact, "doc-artifact", "dataset-artifact", "metric", "parameter"];
    private static readonly string[] States = ["UNKNOWN", "PENDING", "LIVE", "MARKED_FOR_DELETION", "DELETED", "ABANDONED", "REFERENCE"];

    private static readonly KfKind Kind = new(
        "artifact", "artifact",
        [
            "artifactType", "uri", "state", "modelFormatName", "modelFormatVersion", "storageKey", "storagePath", "serviceAccountName", "modelSourceKind", "modelSourceClass",
            "modelSourceGroup", "modelSourceId", "modelSourceName", "digest", "sourceType", "source", "schema", "profile", "value", "timestamp", "step", "parameterType",
        ],
        NameRequired: false);

    public static Task<Result<JsonObject>> ListAsync(KfCall call) => ListAsync(call, null, modelsOnly: false);

    public static Task<Result<JsonObject>> ListModelArtifactsAsync(KfCall call) => ListAsync(call, null, modelsOnly: true);

    public static async Task<Result<JsonObject>> ListOfVersionAsync(KfCall call) =>
        await call.ReadAsync(session => KfStore.FindVersionAsync(session, call.Namespace, call.Id)) is { } version
            ? await ListAsync(call, version, modelsOnly: false)
            : KfCall.NoSuch("model version", call.Id);

    public static async Task<Result<JsonObject>> GetAsync(KfCall call) => await call.ReadAsync<Result<JsonObject>>(async session =>
    {
        if (await KfStore.FindAsync(session, call.Namespace, Kind.Kind, call.Id) is { } row)
        {
            return KfThings.Shown(row);
        }

        return await KfStore.FindVersionAsync(session, call.Namespace, call.Id) is { } version && Known(version) is { } known ? known : KfCall.NoSuch(Kind.Name, call.Id);
    });

    public static Task<Result<JsonObject>> FindAsync(KfCall call) => KfThings.FindAsync(call, Kind, hasParent: true);

    public static Task<Result<JsonObject>> CreateAsync(KfCall call) => WriteAsync(call, null, null);

    public static Task<Result<JsonObject>> CreateModelArtifactAsync(KfCall call) => WriteAsync(call, null, ModelArtifact);

    /// <summary>Written anew when the body names one that is there, by id or by name.</summary>
    public static Task<Result<JsonObject>> UpsertOfVersionAsync(KfCall call) => WriteAsync(call, call.Id, null);

    public static Task<Result<JsonObject>> UpdateAsync(KfCall call) => KfThings.UpdateAsync(call, Kind);

    private static async Task<Result<JsonObject>> ListAsync(KfCall call, VersionRow? of, bool modelsOnly)
    {
        if (!KfList.Read(call.Http.Request.Query).TryGet(out var list, out var problem))
        {
            return problem;
        }

        var type = modelsOnly ? ModelArtifact : call.Query("artifactType");
        if (type is not null && !Types.Contains(type, StringComparer.Ordinal))
        {
            return Problem.Invalid($"artifactType: '{Names.Shown(type)}' is none of {string.Join(", ", Types)}");
        }

        var all = await call.ReadAsync(async session =>
        {
            var written = (await KfStore.ListAsync(session, call.Namespace, Kind.Kind, of?.Id, KfList.MostLookedAt)).ToArray();
            var versions = of is not null ? [of] : await KfStore.VersionsAsync(session, call.Namespace, null, "v.id", KfList.MostLookedAt, 0);
            var said = written.Select(w => (w.Parent, (string?)JsonNode.Parse(w.Body)!["uri"])).ToHashSet();
            return written.Select(KfThings.Shown).Concat(versions.Where(v => !said.Contains((v.Id, Uri(v)))).Select(Known).OfType<JsonObject>()).ToArray();
        });
        return list.PageOf(all.Where(a => type is null || (string?)a["artifactType"] == type));
    }

    private static async Task<Result<JsonObject>> WriteAsync(KfCall call, long? version, string? type)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var read = KfThings.Read(body, Kind);
        read["artifactType"] = body.Choice("artifactType", Types) ?? type ?? ModelArtifact;
        _ = body.Choice("state", States);
        var id = body.Id("id");
        if (type is not null && (string?)read["artifactType"] != type)
        {
            body.Reject("artifactType", $"is not {type}");
        }

        if (body.Problem is { } bad)
        {
            return bad;
        }

        return await call.WriteAsync<JsonObject>(async (session, change) =>
        {
            if (version is not { } of)
            {
                return await KfThings.AddAsync(session, change, Kind, 0, read);
            }

            if (await KfStore.FindVersionAsync(session, call.Namespace, of) is not { } owner)
            {
                return KfCall.NoSuch("model version", of);
            }

            await NameFilesAsync(session, change, owner, read);
            var there = id is { } known ? await KfStore.FindAsync(session, call.Namespace, Kind.Kind, known)
                : (string?)read["name"] is { } name ? await KfStore.FindByNameAsync(session, call.Namespace, Kind.Kind, of, name) : null;
            return there is not null && there.Parent == of
                ? await KfThings.MergeAsync(session, change, Kind, there, read)
                : id is { } missing ? KfCall.NoSuch(Kind.Name, missing) : await KfThings.AddAsync(session, change, Kind, of, read);
        });
    }

    /// <summary>The first model artifact of a version that was made without files is where its files are.</summary>
    private static async Task NameFilesAsync(IWriteSession session, Change change, VersionRow owner, JsonObject read)
    {
        if ((string?)read["artifactType"] == ModelArtifact && (string?)read["uri"] is { Length: > 0 } uri && owner is { Source: "", ArtifactDigest: "" }
            && Sources.Check(uri, fromModel: false) is null)
        {
            await RegistryStore.LockModelAsync(session, owner.Namespace, owner.Model);
            await RegistryStore.SetSourceAsync(session, owner.Namespace, owner.Model, owner.Number, uri, change.Now);
        }
    }

    private static string? Uri(VersionRow version) => version.IsOurs ? ModelSources.Ours(version.Model, version.Number) : version.Source.Length > 0 ? version.Source : null;

    /// <summary>The artifact that the registry itself knows of; it has its version's id. Null when there are no files.</summary>
    private static JsonObject? Known(VersionRow version) => Uri(version) is not { } uri ? null : KfThings.WithoutNulls(new JsonObject
    {
        ["id"] = version.Id.ToString(CultureInfo.InvariantCulture), ["artifactType"] = ModelArtifact, ["name"] = $"{version.Model}/{version.Version}", ["uri"] = uri,
        ["modelFormatName"] = version.Format, ["state"] = "LIVE", ["createTimeSinceEpoch"] = KfThings.Millis(version.Created),
        ["lastUpdateTimeSinceEpoch"] = KfThings.Millis(version.Changed),
        ["customProperties"] = version.ArtifactDigest.Length == 0
            ? new JsonObject()
            : new JsonObject { ["sha256"] = new JsonObject { ["metadataType"] = "MetadataStringValue", ["string_value"] = version.ArtifactDigest } },
    });
}
