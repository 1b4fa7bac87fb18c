using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Trials;

namespace Slipway.Serving.Releases;

/// <summary>
/// Moves rollouts on by itself. A decision is on disk with its event before anything follows from it; the routes of every replica follow what is on
/// disk, so there is nothing that a crash could leave half done.
/// </summary>
internal sealed class RolloutController(
    IResourceStore resources, ReleaseSight sight, ReleaseStore releases, TrialStore trials, TimeProvider time) : IController
{
    private static readonly string[] Prefixes =
        [InferenceServiceKind.Definition.SubjectPrefix + "/", RolloutKind.Definition.SubjectPrefix + "/", ReleaseStore.SubjectPrefix];

    private readonly KeyIndex _followed = new();

    public string Name => "rollout";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "rollout.", "monitor.window."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        foreach (var prefix in Prefixes)
        {
            if (e.Subject.StartsWith(prefix, StringComparison.Ordinal))
            {
                return [new ResourceRef(e.Namespace, e.Subject[prefix.Length..])];
            }
        }

        return e.Type.StartsWith("monitor.window.", StringComparison.Ordinal) ? _followed.WhoRefersTo(e.Namespace, e.Subject) : [];
    }

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation)
    {
        var all = (await resources.ListAsync(RolloutKind.Definition, new ListQuery(), cancellation)).OrThrow();
        return [.. all.Items.Select(r => new ResourceRef(r.Namespace, r.Name))];
    }

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(RolloutKind.Definition, key.Namespace, key.Name, cancellation);
        if (!found.TryGet(out var rollout, out var problem))
        {
            _followed.Remove(key);
            return problem.Code == ProblemCode.NotFound ? Outcome(await ForgetAsync(key, "", null, cancellation)) : ReconcileOutcome.Retry(problem.Message);
        }

        var view = await sight.ViewAsync(rollout, cancellation);
        _followed.Set(key, view.Plan.Monitor is { } monitor ? [$"monitors/{monitor}"] : []);
        return view.Service is null ? await WithoutServiceAsync(key, view, cancellation) : await SettleAsync(key, view, cancellation);
    }

    private async Task<ReconcileOutcome> WithoutServiceAsync(ResourceRef key, ReleaseView view, CancellationToken cancellation)
    {
        var forgotten = await ForgetAsync(key, "", null, cancellation);
        return forgotten.Succeeded ? await SaveAsync(view, null, null, null, cancellation) ?? ReconcileOutcome.Done : Outcome(forgotten);
    }

    private async Task<ReconcileOutcome> SettleAsync(ResourceRef key, ReleaseView view, CancellationToken cancellation)
    {
        var blocked = SplitByHand(view.Service!);
        var isDue = IsDue(view);
        var look = isDue;
        Measured? measured = null;
        while (true)
        {
            var seen = await sight.SeeAsync(view, look, cancellation);
            measured = seen.Measured ?? measured;
            var decision = blocked is null ? ReleaseRules.Next(view.State, view.Plan, seen, time.GetUtcNow()) : null;
            if (decision is null)
            {
                var saved = await SaveAsync(view, blocked, NotLoaded(view, seen), measured, cancellation);
                return saved ?? Wake(view);
            }

            var recorded = await releases.RecordAsync(view.Key, view.NextSequence, key.Namespace, key.Name, $"controller:{Name}", decision, cancellation);
            if (!recorded.Succeeded)
            {
                return ReconcileOutcome.Retry(recorded.Problem.Message);
            }

            view = await sight.ViewAsync(view.Rollout, cancellation);
            if (view.Service is null)
            {
                return ReconcileOutcome.Retry("the service went away");
            }

            var forgotten = await ForgetAsync(key, view.Key, view.Epoch, cancellation);
            if (!forgotten.Succeeded)
            {
                return Outcome(forgotten);
            }

            // What was measured belongs to the step that just ended.
            (look, measured) = (false, null);
        }
    }

    /// <summary>Whether the figures are to be looked at again: not at every event, since writing them down is one.</summary>
    private bool IsDue(ReleaseView view)
    {
        var last = (string?)view.Rollout.Status["lastLook"];
        return view.State.Phase is ReleasePhase.Progressing or ReleasePhase.Watching
            && (last is null || !DateTimeOffset.TryParse(last, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var looked)
                || looked < view.State.StepStarted || time.GetUtcNow() - looked >= view.Plan.Interval);
    }

    private ReconcileOutcome Wake(ReleaseView view)
    {
        if (view.State.Phase is not (ReleasePhase.Progressing or ReleasePhase.Watching))
        {
            return ReconcileOutcome.Done;
        }

        return ReconcileOutcome.ComeBack(view.Plan.Interval);
    }

    /// <summary>Null when it was written; otherwise what to do about it.</summary>
    private async Task<ReconcileOutcome?> SaveAsync(ReleaseView view, string? blocked, string? notLoaded, Measured? measured, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var versions = new Dictionary<int, int>();
        foreach (var revision in new[] { view.State.Released, view.State.Candidate, view.State.Former }.Where(r => r != 0 && view.Service is not null).Distinct())
        {
            if (await sight.VersionAsync(view, revision, cancellation) is { } version)
            {
                versions[revision] = version;
            }
        }

        RolloutStatus.Write(view.Rollout.Status, view, versions, measured, now);
        RolloutStatus.WriteConditions(view.Rollout, view, blocked, notLoaded, now);
        var saved = await resources.UpdateStatusAsync(RolloutKind.Definition, view.Rollout, new WriteOptions($"controller:{Name}"), cancellation);
        return saved.Problem?.Code switch
        {
            null => null,
            ProblemCode.NotFound => ReconcileOutcome.Done,
            _ => ReconcileOutcome.Retry(saved.Problem.Message),
        };
    }

    private async Task<Result<Unit>> ForgetAsync(ResourceRef key, string keep, string? epoch, CancellationToken cancellation)
    {
        var forgotten = await releases.ForgetOthersAsync(key.Namespace, key.Name, keep, cancellation);
        return forgotten.Succeeded ? await trials.ForgetAsync(key.Namespace, key.Name, epoch, cancellation) : forgotten;
    }

    private static string? SplitByHand(Resource service) =>
        ServiceSpec.Read(service.Json).TryGet(out var spec, out _) && ReleaseGate.IsSplitByHand(spec)
            ? $"The InferenceService is split by hand ({(spec.RolloutPercent is null ? "spec.canary" : "spec.predictor.canaryTrafficPercent")}), so the Rollout stands back; remove that field to let it decide"
            : null;

    private static string? NotLoaded(ReleaseView view, ReleaseSighting seen)
    {
        if (seen.TargetLoaded || view.State.Released == 0)
        {
            return null;
        }

        var why = (view.Service!.Status["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == "PredictorReady");
        return (string?)why?["status"] == "False" ? $"What the service asks for cannot be loaded, so it gets no traffic: {(string?)why["message"]}" : null;
    }

    private static ReconcileOutcome Outcome(Result<Unit> result) => result.Succeeded ? ReconcileOutcome.Done : ReconcileOutcome.Retry(result.Problem.Message);
}
