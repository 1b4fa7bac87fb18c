using Microsoft.Extensions.Logging;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>What every live run needs.</summary>
internal sealed record EngineParts(
    RunStore Store, StepRunner Steps, ImageDigests Images, SlotPool Slots, PipelinesMetrics Metrics, PipelinesOptions Options, TimeProvider Time, ILogger Logger, Action<LiveRun> OnRunGone,
    CancellationToken Stopping)
{
    /// <summary>A UUID whose text sorts by time.</summary>
    public string NewId() => Guid.CreateVersion7(Time.GetUtcNow()).ToString();
}
