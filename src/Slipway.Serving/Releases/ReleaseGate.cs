using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Releases.Domain;

namespace Slipway.Serving.Releases;

/// <summary>What a Rollout lets through to a service's route at this moment.</summary>
/// <param name="State">Null when the Rollout has not decided anything yet: what was released stays so.</param>
/// <param name="Epoch">Which step of which Rollout: what is measured is told apart by it.</param>
internal sealed record Gate(ReleaseState? State, string Epoch);

/// <summary>Reads the gate of a service: any replica, from the database alone.</summary>
internal sealed class ReleaseGate(IResourceStore resources, ReleaseStore releases)
{
    /// <summary>Null for a service without a Rollout, and for one that is split by hand, where the Rollout stands back.</summary>
    public async Task<Gate?> ReadAsync(Resource service, ServiceSpec spec, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(RolloutKind.Definition, service.Namespace, service.Name, cancellation);
        if (!found.TryGet(out var rollout, out var problem))
        {
            return problem.Code == ProblemCode.NotFound ? null : throw new ProblemException(problem);
        }

        if (rollout.IsDeleting || IsSplitByHand(spec))
        {
            return null;
        }

        var key = KeyOf(rollout, service);
        var newest = await releases.NewestAsync(key, 1, cancellation);
        return newest.Count == 0 || newest[0].Decision.Next is { Released: 0 } ? new Gate(null, key) : new Gate(newest[0].Decision.Next, EpochOf(key, newest[0].Decision.Next));
    }

    /// <summary>Of this Rollout with this service: either that is made anew starts from nothing, since revisions then count from 1 again.</summary>
    public static string KeyOf(Resource rollout, Resource service) => $"{rollout.Uid}/{service.Uid}";

    public static string EpochOf(string key, ReleaseState state) => string.Create(CultureInfo.InvariantCulture, $"{key}/{state.Epoch}");

    public static bool IsSplitByHand(ServiceSpec spec) => spec.RolloutPercent is not null || spec.Canaries.Count > 0;
}
