using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Database;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <inheritdoc cref="IExperiments"/>
internal sealed class ExperimentPlaces(IDatabase database, DefaultExperiments defaults) : IExperiments
{
    public async Task<ExperimentPlace?> FindAsync(string ns, string experimentId, CancellationToken cancellation) =>
        experimentId == ExperimentStore.DefaultId && await defaults.EnsureAsync(ns, cancellation) is not null
            ? null
            : await database.ReadAsync(
                async (session, _) => await ExperimentStore.FindAsync(session, ns, experimentId) is { } found
                    ? new ExperimentPlace(found.Id, found.Name, found.ArtifactLocation, found.IsActive)
                    : null,
                cancellation);
}
