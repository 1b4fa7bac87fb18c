using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Artifacts.Storage;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Removal;

/// <summary>
/// Removes for good: rows and artifact files go in one transaction, the bytes of files a while later. What a registered model version was made from
/// stays, unless the caller insists.
/// </summary>
internal sealed class Remover(IDatabase database, ArtifactTree artifacts, IEnumerable<IModelUses> registries)
{
    // Runs of a large experiment go one by one, so that other writers get their turn in between.
    private const int AtATime = 100;

    public async Task<Result<Unit>> RemoveRunAsync(string ns, string id, bool force, CancellationToken cancellation)
    {
        if (await database.ReadAsync((session, _) => RunStore.FindAsync(session, ns, id), cancellation) is not { } run)
        {
            return Guard.NoRun(id);
        }

        if (!force && await UsesAsync(ns, id, null, run.ArtifactUri, cancellation) is { } used)
        {
            return used;
        }

        return await database.WriteAsync(
            async (session, _) =>
            {
                await RemovalStore.RemoveRunAsync(session, run.Number);
                await TrackingEvents.RunAsync(session, "run.removed", run.ToSummary());
                return (await artifacts.DeleteAsync(session, ns, run.ArtifactUri)).Select(_ => default(Unit));
            },
            cancellation);
    }

    public async Task<Result<Unit>> RemoveModelAsync(string ns, string id, bool force, CancellationToken cancellation)
    {
        if (await database.ReadAsync((session, _) => ModelStore.FindAsync(session, ns, id), cancellation) is not { } model)
        {
            return Guard.NoModel(id);
        }

        if (!force && await UsesAsync(ns, null, id, model.ArtifactUri, cancellation) is { } used)
        {
            return used;
        }

        return await database.WriteAsync(
            async (session, _) =>
            {
                await RemovalStore.RemoveModelAsync(session, model.Number);
                await TrackingEvents.ModelAsync(session, "logged-model.removed", model);
                return (await artifacts.DeleteAsync(session, ns, model.ArtifactUri)).Select(_ => default(Unit));
            },
            cancellation);
    }

    /// <summary>Marks it as deleted at once, so that nothing is added meanwhile; called again after a break, it goes on.</summary>
    public async Task<Result<Unit>> RemoveExperimentAsync(string ns, string id, bool force, TimeProvider time, CancellationToken cancellation)
    {
        if (id == ExperimentStore.DefaultId)
        {
            return Problem.Invalid("the experiment 0 stays: runs that name no experiment go there; remove its runs one by one");
        }

        var begun = await database.WriteAsync<ExperimentRow>(
            async (session, _) =>
            {
                if (!(await Guard.ExperimentAsync(session, ns, id)).TryGet(out var found, out var problem))
                {
                    return problem;
                }

                if (found.IsActive)
                {
                    await ExperimentStore.SetLifecycleAsync(session, found.Number, Lifecycle.Deleted, Micros.Of(time.GetUtcNow()));
                }

                return found;
            },
            cancellation);
        if (!begun.TryGet(out var experiment, out var refused))
        {
            return refused;
        }

        if (await RemoveAllAsync(ns, experiment, force, cancellation) is { } kept)
        {
            return kept;
        }

        return await database.WriteAsync(
            async (session, _) =>
            {
                await RemovalStore.RemoveExperimentAsync(session, experiment.Number);
                await TrackingEvents.ExperimentAsync(session, "experiment.removed", experiment);

                // A folder that the client chose may hold more than this experiment; each run's own went with the run.
                return experiment.ArtifactLocation.StartsWith("mlflow-artifacts:", StringComparison.Ordinal)
                    ? (await artifacts.DeleteAsync(session, ns, experiment.ArtifactLocation)).Select(_ => default(Unit))
                    : Result.Ok;
            },
            cancellation);
    }

    private async Task<Problem?> RemoveAllAsync(string ns, ExperimentRow experiment, bool force, CancellationToken cancellation)
    {
        while (true)
        {
            var (models, runs) = await database.ReadAsync(
                async (session, _) => (await RemovalStore.ModelIdsAsync(session, experiment.Number, AtATime), await RemovalStore.RunIdsAsync(session, experiment.Number, AtATime)),
                cancellation);
            if (models.Count + runs.Count == 0)
            {
                return null;
            }

            foreach (var id in models)
            {
                if ((await RemoveModelAsync(ns, id, force, cancellation)).Problem is { Code: not ProblemCode.NotFound } kept)
                {
                    return kept;
                }
            }

            foreach (var id in runs)
            {
                if ((await RemoveRunAsync(ns, id, force, cancellation)).Problem is { Code: not ProblemCode.NotFound } kept)
                {
                    return kept;
                }
            }
        }
    }

    private async Task<Problem?> UsesAsync(string ns, string? runId, string? modelId, string uri, CancellationToken cancellation)
    {
        foreach (var registry in registries)
        {
            if (await registry.VersionsFromAsync(ns, runId, modelId, uri, cancellation) is [_, ..] versions)
            {
                return Problem.Conflict(
                    $"{(runId is null ? $"logged model {modelId}" : $"run {runId}")} is what these model versions were registered from: {string.Join(", ", versions.Take(5))}; delete them first, or give ?force=true");
            }
        }

        return null;
    }
}
