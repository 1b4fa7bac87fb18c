using System.Collections.Concurrent;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Recording;

/// <summary>Every namespace has an experiment named Default, for runs that name none; it comes about when the namespace is first used.</summary>
internal sealed class DefaultExperiments(IDatabase database, IResourceStore resources, TimeProvider time)
{
    private const string Name = "Default";

    // Only names of namespaces that are in use, so it grows no further than they do.
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public async Task<Problem?> EnsureAsync(string ns, CancellationToken cancellation)
    {
        if (_known.ContainsKey(ns))
        {
            return null;
        }

        if (ns != MlflowWorkspace.Default && (await resources.GetAsync(CoreKinds.Namespace, "", ns, cancellation)).Problem is { Code: ProblemCode.NotFound })
        {
            return new Problem(ProblemCode.NotFound, $"Workspace '{ns}' not found");
        }

        var there = await database.ReadAsync(async (session, _) => await ExperimentStore.FindAsync(session, ns, ExperimentStore.DefaultId) is not null, cancellation);
        var made = there ? Result.Ok : await database.WriteAsync(
            async (session, _) =>
            {
                await EnsureAsync(session, ns, time);
                return Result.Ok;
            },
            cancellation);
        if (made.Succeeded)
        {
            _known[ns] = true;
        }

        return made.Problem;
    }

    /// <summary>The same inside a transaction. Its name may be taken by an older experiment of that name; then it is called by its id besides.</summary>
    public static async Task EnsureAsync(IWriteSession session, string ns, TimeProvider time)
    {
        if (await ExperimentStore.FindAsync(session, ns, ExperimentStore.DefaultId) is null)
        {
            var now = Micros.Of(time.GetUtcNow());
            _ = await ExperimentStore.AddAsync(session, ns, Name, null, now, ExperimentStore.DefaultId)
                ?? await ExperimentStore.AddAsync(session, ns, $"{Name} ({ExperimentStore.DefaultId})", null, now, ExperimentStore.DefaultId);
        }
    }
}
