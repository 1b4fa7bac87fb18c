using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Writes;

/// <summary>A version that a client registers of files that are kept elsewhere.</summary>
/// <param name="Storage">Where the files are, resolved from <paramref name="Source"/>.</param>
internal sealed record ForeignVersion(string Model, string Source, string Storage)
{
    public string RunId { get; init; } = "";

    public string RunLink { get; init; } = "";

    public string ModelId { get; init; } = "";

    public string Description { get; init; } = "";

    public string Author { get; init; } = "";

    public string? ExternalId { get; init; }

    public string Properties { get; init; } = "{}";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}

/// <summary>Gives a version its number and keeps it.</summary>
internal static class AddVersion
{
    // What such a version is called before its files were read.
    public const string ForeignFormat = "mlflow";

    public static async Task<Result<VersionRow>> ForeignAsync(IWriteSession session, Change change, ForeignVersion wanted)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, wanted.Model))
        {
            return Missing.Model(wanted.Model);
        }

        var number = await RegistryStore.RaiseVersionAsync(session, change.Namespace, wanted.Model, change.Now);
        var version = new ModelVersion(change.Namespace, wanted.Model, number, "", ForeignFormat, change.Now)
        {
            Lineage = new ModelLineage { Run = wanted.RunId.Length > 0 ? wanted.RunId : null },
            Parameters = wanted.Parameters, Metrics = wanted.Metrics, Tags = wanted.Tags, Author = wanted.Author, Description = wanted.Description, Source = wanted.Source,
        };
        await KeepAsync(session, change, new NewVersion(version, Guid.NewGuid().ToString("N"), await RegistryStore.NextIdAsync(session))
        {
            Storage = wanted.Storage, RunId = wanted.RunId, RunLink = wanted.RunLink, ModelId = wanted.ModelId, ExternalId = wanted.ExternalId, Properties = wanted.Properties,
        });
        return (await RegistryStore.FindVersionRowAsync(session, change.Namespace, wanted.Model, number))!;
    }

    /// <summary>The row, its event and what webhooks are told.</summary>
    public static async Task KeepAsync(IWriteSession session, Change change, NewVersion made)
    {
        var version = made.Version;
        await RegistryStore.AddVersionAsync(session, made);
        await session.AppendAsync(new EventDraft(
            "model.version.created", version.Namespace, $"models/{version.Model}", JsonSerializer.SerializeToUtf8Bytes(version, RegistryJson.Default.ModelVersion)));
        await Outbox.SendAsync(
            session, version.Namespace,
            HookEvents.VersionCreated(version.Model, version.Version, ModelSources.Of(version), made.RunId, version.Tags, version.Description), change.Now);
    }
}
