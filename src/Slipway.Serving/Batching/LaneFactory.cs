using Slipway.Serving.Models;
using Slipway.Serving.Statistics;

namespace Slipway.Serving.Batching;

/// <summary>Makes the lane of a revision that has been loaded.</summary>
internal sealed class LaneFactory(LaneInstruments instruments, ThreadReserve threads, ServingOptions options, TimeProvider time)
{
    public Lane Make(SharedModel model, ModelStatistics statistics, KeyValuePair<string, object?>[] tags) =>
        new(model, statistics, new LaneMetrics(instruments, tags), new LaneBounds(options.QueueLimit, options.QueueBytes), threads, time);
}
