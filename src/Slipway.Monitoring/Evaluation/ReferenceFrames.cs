using System.Collections.Concurrent;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Kinds;
using Slipway.Platform.Controllers;

namespace Slipway.Monitoring.Evaluation;

/// <summary>The reference data of monitors, read once per dataset version and not once per window. Keeps the version each monitor used last.</summary>
internal sealed class ReferenceFrames(IDatasets datasets)
{
    private readonly ConcurrentDictionary<ResourceRef, (string Digest, Frame Frame)> _byMonitor = new();

    public async Task<Result<Frame>> ReadAsync(ResourceRef monitor, MonitorReference reference, CancellationToken cancellation)
    {
        var found = await datasets.GetVersionAsync(monitor.Namespace, reference.Dataset, reference.Version, cancellation);
        if (!found.TryGet(out var version, out var problem))
        {
            return problem;
        }

        if (_byMonitor.TryGetValue(monitor, out var kept) && kept.Digest == version.Digest)
        {
            return kept.Frame;
        }

        var read = await datasets.ReadAsync(version, new DatasetQuery(), cancellation);
        if (read.TryGet(out var frame, out _))
        {
            _byMonitor[monitor] = (version.Digest, frame);
        }

        return read;
    }

    public void Forget(ResourceRef monitor) => _byMonitor.TryRemove(monitor, out _);
}
