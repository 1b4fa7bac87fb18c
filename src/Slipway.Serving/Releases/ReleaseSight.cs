using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Revisions;
using Slipway.Serving.Trials;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Releases;

/// <summary>A Rollout, its service and where it stands, as they are at one moment.</summary>
/// <param name="Service">Null when there is none of that name.</param>
/// <param name="History">Newest first.</param>
internal sealed record ReleaseView(Resource Rollout, Resource? Service, ReleasePlan Plan, ReleaseState State, IReadOnlyList<RecordedRelease> History)
{
    /// <summary>Under which decisions and figures are kept.</summary>
    public string Key => ReleaseGate.KeyOf(Rollout, Service!);

    public string Epoch => ReleaseGate.EpochOf(Key, State);

    public long NextSequence => History.Count == 0 ? 1 : History[0].Sequence + 1;
}

/// <summary>Looks at what a Rollout decides by: its service, the figures of all replicas, the monitor's windows.</summary>
internal sealed class ReleaseSight(
    IResourceStore resources, ReleaseStore releases, RevisionStore revisions, TrialFlush flush, TrialStore trials, IMonitorWindows monitors)
{
    public const int DecisionsShown = 50;

    /// <exception cref="Slipway.Kernel.Problems.ProblemException">The spec is not readable, which the kind's rules rule out.</exception>
    public async Task<ReleaseView> ViewAsync(Resource rollout, CancellationToken cancellation)
    {
        var plan = ReleasePlanReader.Read(rollout.Spec).OrThrow();
        var found = await resources.GetAsync(InferenceServiceKind.Definition, rollout.Namespace, rollout.Name, cancellation);
        if (!found.TryGet(out var service, out _) || service.IsDeleting)
        {
            return new ReleaseView(rollout, null, plan, ReleaseState.Initial, []);
        }

        var history = await releases.NewestAsync(ReleaseGate.KeyOf(rollout, service), DecisionsShown, cancellation);
        return new ReleaseView(rollout, service, plan, history.Count == 0 ? ReleaseState.Initial : history[0].Decision.Next, history);
    }

    /// <param name="look">Whether figures are wanted too.</param>
    public async Task<ReleaseSighting> SeeAsync(ReleaseView view, bool look, CancellationToken cancellation)
    {
        var predictor = ServiceSpec.At(view.Service!.Json, "status", "components", "predictor");
        var created = Number(view, (string?)predictor?["latestCreatedRevision"]);
        var windows = view.Plan.Monitor is { } monitor && view.State.Released != 0
            ? await monitors.ListAsync(view.Rollout.Namespace, monitor, view.State.AfterWindow, cancellation)
            : [];
        return new ReleaseSighting(
            created, created != 0 && created == Number(view, (string?)predictor?["latestReadyRevision"]) && IsLoaded(view.Service),
            Number(view, (string?)predictor?["latestRolledoutRevision"]), windows.Count > 0 ? windows[^1].Number : view.State.AfterWindow,
            look ? await MeasureAsync(view, windows, cancellation) : null);
    }

    /// <summary>The model version of a revision, or null.</summary>
    public async Task<int?> VersionAsync(ReleaseView view, int revision, CancellationToken cancellation) =>
        revision == 0 ? null : (await revisions.FindAsync(view.Rollout.Namespace, view.Rollout.Name, revision, cancellation))?.ModelVersion;

    private async Task<Measured> MeasureAsync(ReleaseView view, IReadOnlyList<MonitorWindow> windows, CancellationToken cancellation)
    {
        var state = view.State;
        var (one, two) = state.Phase == ReleasePhase.Watching ? (state.Released, state.Former) : (state.Candidate, state.Released);
        await flush.FlushAsync(view.Rollout.Namespace, view.Rollout.Name, cancellation);
        var all = await trials.ReadAsync(view.Rollout.Namespace, view.Rollout.Name, view.Epoch, cancellation);
        return new Measured(
            all.GetValueOrDefault(one, Figures.None), all.GetValueOrDefault(two, Figures.None), windows,
            await VersionAsync(view, one, cancellation) ?? 0, await VersionAsync(view, two, cancellation) ?? 0);
    }

    private static int Number(ReleaseView view, string? revision) => Revision.NumberOf(view.Rollout.Name, revision) ?? 0;

    private static bool IsLoaded(Resource service) =>
        (service.Status["conditions"] as JsonArray)?.OfType<JsonObject>().Any(c => (string?)c["type"] == "PredictorReady" && (string?)c["status"] == "True") ?? false;
}
