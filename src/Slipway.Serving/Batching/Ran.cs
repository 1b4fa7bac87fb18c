using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Who answered.</summary>
internal enum RanBy
{
    Model,

    /// <summary>The response cache: the model did not run.</summary>
    Cache,

    /// <summary>Nobody: the lane did not let the request in, or it did not get its turn in time. Not the model's fault.</summary>
    Refused,
}

/// <summary>What became of a request in a lane.</summary>
/// <param name="Queued">How long it waited for its turn.</param>
/// <param name="Computed">How long the run took that it was part of.</param>
internal readonly record struct Ran(Result<TensorSet> Outputs, TimeSpan Queued, TimeSpan Computed, RanBy By = RanBy.Model)
{
    public static Ran Refused(Problem problem, TimeSpan queued = default) => new(problem, queued, TimeSpan.Zero, RanBy.Refused);
}

/// <summary>What a request may cost its caller. The default: no limit, and no other's either.</summary>
/// <param name="Deadline">Timestamp of the server's clock by which the answer is of no use any more; 0 for none.</param>
/// <param name="Headers">Where a deadline that the protocol watches over by itself (grpc-timeout) can be looked up, when it comes to waiting.</param>
/// <param name="Aside">A run that no caller waits for, such as a mirrored one: it takes no turn and is not refused.</param>
internal readonly record struct RunLimits(long Deadline, IHeaderDictionary? Headers = null, bool Aside = false);
