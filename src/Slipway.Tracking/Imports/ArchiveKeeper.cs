using System.Globalization;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Imports;

/// <summary>Writes lines of an archive. Each is idempotent; what changed at the source (a run that went on, a tag) is brought up to date, parameters and points are added.</summary>
internal sealed class ArchiveKeeper(string ns, TimeProvider time)
{
    // MLflow's folders give experiments ids of 18 digits. Such a number would be the base of all that come after, so those get a new one.
    private const long GreatestKeptId = 1_000_000_000;

    /// <summary>Experiments of this request, by their id in the archive.</summary>
    public Dictionary<string, ImportedExperiment> Experiments { get; } = new(StringComparer.Ordinal);

    public async Task<Result<Unit>> KeepAsync(IWriteSession session, ArchiveLine line)
    {
        if (ArchiveChecks.Of(line) is { } wrong)
        {
            return wrong;
        }

        switch (line)
        {
            case { Experiment: { } experiment }:
                Experiments[experiment.Id] = await KeepAsync(session, experiment);
                return default(Unit);
            case { Run: { } run }:
                return await KeepAsync(session, run);
            case { Metrics: { } metrics }:
                return await KeepAsync(session, metrics);
            case { LoggedModel: { } model }:
                return await KeepAsync(session, model);
            default:
                await ImportStore.SetMarkAsync(session, ns, line.Done!);
                return default(Unit);
        }
    }

    private async Task<ImportedExperiment> KeepAsync(IWriteSession session, ArchivedExperiment given)
    {
        var found = await ExperimentStore.FindByNameAsync(session, ns, given.Name);
        if (found is not null && found.IsActive && given.Lifecycle == Lifecycle.Deleted)
        {
            // A name may be taken again here, so a deleted experiment is another than the living one; it is the same as one that an import brought.
            found = await ExperimentStore.FindAsync(session, ns, given.Id) is { IsActive: false } there && there.Name == given.Name ? there : null;
        }

        if (found is null)
        {
            found = await MakeAsync(session, given);
            await ImportStore.AddExperimentAsync(session, found);
            await TrackingEvents.ExperimentAsync(session, "experiment.created", found);
        }

        if (given.Tags.Count > 0)
        {
            await ExperimentStore.SetTagsAsync(session, found.Number, given.Tags, Micros.Of(time.GetUtcNow()));
        }

        return new ImportedExperiment(found.Id, found.ArtifactLocation);
    }

    private async Task<ExperimentRow> MakeAsync(IWriteSession session, ArchivedExperiment given)
    {
        var wanted = long.TryParse(given.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= GreatestKeptId ? id : -1;
        var number = await ImportStore.NumberAsync(session, ns, given.Id, wanted);
        var text = number.ToString(CultureInfo.InvariantCulture);
        return new ExperimentRow(
            number, ns, text, given.Name, given.Lifecycle, given.ArtifactLocation ?? ExperimentStore.DefaultLocation(ns, text), Of(given.Created), Of(given.Updated));
    }

    private async Task<Result<Unit>> KeepAsync(IWriteSession session, ArchivedRun given)
    {
        if (await ExperimentStore.FindAsync(session, ns, given.ExperimentId) is not { } experiment)
        {
            return Problem.NotFound($"experiment {given.ExperimentId} of run {given.Id}");
        }

        var isNew = await RunStore.AddAsync(session, experiment, given.Id, given.Name, given.Status, given.User, Of(given.Started)) is not null;
        var run = (await RunStore.FindKeyAsync(session, ns, given.Id))!;
        if (run.Experiment != experiment.Number)
        {
            return Problem.Conflict($"run {given.Id} is in another experiment here");
        }

        await ValueStore.AddParamsAsync(session, run.Number, given.Params);
        await RunLog.SetTagsAsync(session, run.Number, [.. given.Tags]);
        if (given.Name.Length > 0)
        {
            await RunStore.SetNameAsync(session, run.Number, given.Name);
        }

        foreach (var dataset in given.Datasets)
        {
            await InputStore.AddDatasetAsync(
                session, run.Number, run.Experiment, new DatasetRow(0, dataset.Name, dataset.Digest, dataset.SourceType, dataset.Source, dataset.Schema, dataset.Profile), [.. dataset.Tags]);
        }

        await InputStore.AddModelInputsAsync(session, run.Number, given.ModelInputs);
        await InputStore.AddModelOutputsAsync(session, run.Number, given.ModelOutputs.Select(o => new ModelOutputRow(o.ModelId, o.Step)));
        await RunStore.SetStateAsync(session, run.Number, given.Status, given.Ended is { } ended ? Of(ended) : null);
        await RunStore.SetLifecycleAsync(session, run.Number, given.Lifecycle, given.Lifecycle == Lifecycle.Deleted ? Micros.Of(time.GetUtcNow()) : null);
        if (isNew)
        {
            await TrackingEvents.RunAsync(session, "run.imported", (await RunStore.FindAsync(session, ns, given.Id))!.ToSummary());
        }

        return default(Unit);
    }

    private async Task<Result<Unit>> KeepAsync(IWriteSession session, ArchivedMetrics given)
    {
        if (await RunStore.FindKeyAsync(session, ns, given.RunId) is not { } run)
        {
            return Guard.NoRun(given.RunId);
        }

        await MetricStore.AddAsync(
            session, run.Number, run.Experiment, [.. given.Times.Select((at, i) => PointRow.Of(given.Key, given.Values[i], given.Steps[i], Of(at)))]);
        return default(Unit);
    }

    private async Task<Result<Unit>> KeepAsync(IWriteSession session, ArchivedLoggedModel given)
    {
        if (await ExperimentStore.FindAsync(session, ns, given.ExperimentId) is not { } experiment)
        {
            return Problem.NotFound($"experiment {given.ExperimentId} of logged model {given.Id}");
        }

        var number = (await ModelStore.FindAsync(session, ns, given.Id))?.Number
            ?? await ModelStore.AddAsync(session, experiment, given.Id, given.Name, given.Type ?? "", given.SourceRunId ?? "", Of(given.Created));
        await ModelStore.AddParamsAsync(session, number, given.Params);
        await ModelStore.SetTagsAsync(session, number, given.Tags);
        await ModelStore.AddMetricsAsync(
            session, number,
            given.Metrics.Select(m => new ModelMetricRow(PointRow.Of(m.Key, m.Value, m.Step, Of(m.Time)), m.RunId, m.DatasetName ?? "", m.DatasetDigest ?? "")));
        await ImportStore.SetModelAsync(
            session, number, given.Status == "FAILED" ? "LOGGED_MODEL_UPLOAD_FAILED" : $"LOGGED_MODEL_{given.Status}", given.StatusMessage, given.Lifecycle, Of(given.Created),
            Of(given.Updated));
        return default(Unit);
    }

    private static long Of(long millis) => millis * 1000;
}
