using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>The request parameters of the extension schedule_policy, for every protocol that has them.</summary>
internal static class SchedulePolicy
{
    /// <summary>A queue timeout beyond this is as good as none.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <param name="level">0: as one that does not say; 1 goes first.</param>
    /// <exception cref="ProblemException">When it is not a whole number.</exception>
    public static void SetPriority(InferenceRequest request, ulong? level) =>
        request.Priority = (int)Math.Min(level ?? throw Bad("priority"), InferenceRequest.LastPriority);

    /// <param name="microseconds">How long the request may wait for its turn; 0: as one that does not say.</param>
    /// <exception cref="ProblemException">When it is not a whole number.</exception>
    public static void SetTimeout(InferenceRequest request, ulong? microseconds)
    {
        var given = microseconds ?? throw Bad("timeout");
        request.QueueTimeout = given == 0 || given > Longest.TotalMicroseconds ? null : TimeSpan.FromMicroseconds(given);
    }

    private static ProblemException Bad(string name) => new(Problem.Invalid($"parameters.{name}: must be a whole number, 0 or more"));
}
