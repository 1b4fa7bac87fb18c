using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Recording;

/// <summary>What one call adds to a run, checked already.</summary>
internal sealed record LogEntry
{
    public IReadOnlyList<PointRow> Points { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Those of the points that were measured for a logged model.</summary>
    public IReadOnlyList<(string ModelId, ModelMetricRow Metric)> ModelPoints { get; init; } = [];
}

/// <summary>Adds to runs, all of an entry or nothing, and tells those who watch.</summary>
internal sealed class RunLog(IDatabase database, MetricFeed feed)
{
    /// <summary>MLflow's client keeps a run's name as a tag too.</summary>
    public const string NameTag = "mlflow.runName";

    public async Task<Result<Unit>> AddAsync(string ns, string runId, LogEntry entry, CancellationToken cancellation)
    {
        var added = await database.WriteAsync((session, _) => AddAsync(session, ns, runId, entry), cancellation);
        if (added.Succeeded)
        {
            feed.Publish(ns, runId, entry.Points);
        }

        return added;
    }

    /// <summary>Sets tags; the one that holds the name renames the run.</summary>
    public static async Task SetTagsAsync(IWriteSession session, long run, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        await ValueStore.SetTagsAsync(session, run, tags);
        if (tags.LastOrDefault(t => t.Key == NameTag) is { Value.Length: > 0 } name)
        {
            await RunStore.SetNameAsync(session, run, name.Value);
        }
    }

    private static async Task<Result<Unit>> AddAsync(IWriteSession session, string ns, string runId, LogEntry entry)
    {
        if (!(await Guard.ActiveRunAsync(session, ns, runId)).TryGet(out var run, out var problem))
        {
            return problem;
        }

        if (entry.Parameters.Count > 0 && await AddParametersAsync(session, run.Number, runId, entry.Parameters) is { } changed)
        {
            return changed;
        }

        await MetricStore.AddAsync(session, run.Number, run.Experiment, entry.Points);
        foreach (var model in entry.ModelPoints.GroupBy(m => m.ModelId, m => m.Metric))
        {
            // Points may name a model that has been removed since; the run keeps them all the same.
            if (await ModelStore.FindAsync(session, ns, model.Key) is { } found)
            {
                await ModelStore.AddMetricsAsync(session, found.Number, model);
            }
        }

        if (entry.Tags.Count > 0)
        {
            await SetTagsAsync(session, run.Number, entry.Tags);
        }

        return Result.Ok;
    }

    private static async Task<Problem?> AddParametersAsync(
        IWriteSession session, long run, string runId, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        await ValueStore.AddParamsAsync(session, run, parameters);
        if (parameters is [var (key, value)])
        {
            var stands = await ValueStore.FindParamAsync(session, run, key);
            return stands == value ? null : Problem.Invalid(
                $"Changing param values is not allowed. Param with key='{key}' was already logged with value='{stands}' for run ID='{runId}'. Attempted logging new value '{value}'.");
        }

        var all = await ValueStore.ParamsAsync(session, run);
        var changed = parameters.Where(p => all[p.Key] != p.Value).Select(p => $"{{'key': '{p.Key}', 'old_value': '{all[p.Key]}', 'new_value': '{p.Value}'}}").ToArray();
        return changed.Length == 0 ? null : Problem.Invalid(
            $"Changing param values is not allowed. Params were already logged='[{string.Join(", ", changed)}]' for run ID='{runId}'.");
    }
}
