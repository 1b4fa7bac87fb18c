using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Monitoring.Tests.Monitors;

/// <summary>One dataset, <c>training</c>, in memory; counts how often its rows are read.</summary>
internal sealed class MemoryDatasets(Frame training) : IDatasets
{
    public int Reads { get; private set; }

    public Task<Result<DatasetVersion>> GetVersionAsync(string ns, string name, string version, CancellationToken cancellation) =>
        Task.FromResult<Result<DatasetVersion>>(name == "training"
            ? new DatasetVersion(ns, name, 1, "digest", "csv", 1, training.Rows, [], DateTimeOffset.UnixEpoch)
            : Problem.NotFound($"Dataset '{name}'"));

    public Task<Result<Frame>> ReadAsync(DatasetVersion version, DatasetQuery query, CancellationToken cancellation)
    {
        Reads++;
        return Task.FromResult<Result<Frame>>(training);
    }

    public Task<Result<DatasetVersion>> AddVersionAsync(
        string ns, string name, string format, string source, Stream content, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Result<DatasetVersion>> AddFrameAsync(string ns, string name, string source, Frame frame, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
