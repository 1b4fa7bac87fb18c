using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Models;

/// <inheritdoc cref="IModelSources"/>
internal sealed class ModelSources(IDatabase database) : IModelSources
{
    private const string VersionsTag = "mlflow.modelVersions";

    public Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation) => database.ReadAsync(
        async (session, _) =>
        {
            if (await ModelStore.FindAsync(session, ns, modelId) is not { Lifecycle: Lifecycle.Active } model)
            {
                return null;
            }

            var parts = await ModelStore.PartsAsync(session, [model.Number]);
            return new LoggedModelSource(model.Id, model.ArtifactUri, model.SourceRunId.Length == 0 ? null : model.SourceRunId)
            {
                Name = model.Name,
                Parameters = parts.Params[model.Number].ToDictionary(StringComparer.Ordinal),

                // By time, so that of several points the latest stays.
                Metrics = parts.Metrics[model.Number].GroupBy(m => m.Point.Key, StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => g.MaxBy(m => (m.Point.Time, m.Point.Step))!.Point.Shown, StringComparer.Ordinal),
            };
        },
        cancellation);

    public Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation) =>
        database.ReadAsync(async (session, _) => (await RunStore.FindAsync(session, ns, runId))?.ArtifactUri, cancellation);

    public async Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation)
    {
        // Spaced as Python spaces it: clients compare the text.
        var entry = $"{{\"name\": {JsonValue.Create(name).ToJsonString()}, \"version\": {version.ToString(CultureInfo.InvariantCulture)}}}";
        var noted = await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await ModelStore.FindAsync(session, ns, modelId) is not { Lifecycle: Lifecycle.Active } model)
                {
                    return Result.Ok;
                }

                var parts = await ModelStore.PartsAsync(session, [model.Number]);
                var before = parts.Tags[model.Number].FirstOrDefault(t => t.Key == VersionsTag).Value ?? "";
                if (before.Contains(entry, StringComparison.Ordinal))
                {
                    return Result.Ok;
                }

                var listed = before.StartsWith('[') && before.EndsWith(']') && before.Length > 2 ? $"{before[..^1]}, {entry}]" : $"[{entry}]";
                await ModelStore.SetTagsAsync(session, model.Number, [new(VersionsTag, listed)]);
                return Result.Ok;
            },
            cancellation);
        noted.OrThrow();
    }
}
