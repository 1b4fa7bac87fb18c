using Slipway.Serving.Domain;

namespace Slipway.Serving.Batching;

/// <summary>How a lane works at present; replaced whole when the service's spec changes.</summary>
/// <param name="Slots">Runs at a time; 0 leaves it to the runtime.</param>
/// <param name="Batch">Null when runs are not shared.</param>
internal sealed record LaneSetup(RunPolicy Policy, int Slots, BatchPolicy? Batch, int QueueLimit, long QueueBytes, ResponseCache? Cache)
{
    /// <summary>A request may go on at once only when nothing else runs: otherwise it may be worth its while to wait for others.</summary>
    public bool WaitsForMore => Batch is { } batch && batch.MaxDelay > TimeSpan.Zero;
}

/// <summary>Bounds of every lane's queue.</summary>
/// <param name="Requests">For services that do not say.</param>
internal sealed record LaneBounds(int Requests, long Bytes);
