using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Triggers.Domain;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Triggers;

/// <summary>
/// Judges each new window of a trigger's monitor once, in order. A run is submitted under a key made of the trigger and the window, and only then is
/// the window written to the status: after a crash in between the same run is found again, never a second one made.
/// </summary>
internal sealed class TriggerController(
    IResourceStore resources, KindCatalog kinds, IMonitorWindows windows, IModelRegistry registry, IPipelineRuns runs, TimeProvider time) : IController
{
    private static readonly string OwnSubject = TriggerKind.Kind.SubjectPrefix + "/";

    private readonly KeyIndex _index = new();

    public string Name => "trigger";

    public IReadOnlyList<string> EventTypes { get; } = ["resource.", "monitor.window."];

    public IReadOnlyList<ResourceRef> KeysOf(Event e) => e.Subject.StartsWith(OwnSubject, StringComparison.Ordinal)
        ? [new ResourceRef(e.Namespace, e.Subject[OwnSubject.Length..])]
        : _index.WhoRefersTo(e.Namespace, e.Subject);

    public async Task<IReadOnlyList<ResourceRef>> ListKeysAsync(CancellationToken cancellation) =>
        (await resources.ListAsync(TriggerKind.Kind, new ListQuery(), cancellation)).TryGet(out var list, out _)
            ? [.. list.Items.Select(r => new ResourceRef(r.Namespace, r.Name))]
            : [];

    public async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        if (!(await resources.GetAsync(TriggerKind.Kind, key.Namespace, key.Name, cancellation)).TryGet(out var trigger, out _) || trigger.IsDeleting)
        {
            _index.Remove(key);
            return ReconcileOutcome.Done;
        }

        if (trigger.Spec["monitor"] is null)
        {
            // It waits for events, which TriggerDelivery hands over.
            _index.Remove(key);
            return ReconcileOutcome.Done;
        }

        var spec = TriggerSpec.Read(trigger.Spec);
        var policyKind = spec.PromotionPolicy is null ? null : kinds.FindByKind("slipway.dev", "PromotionPolicy");
        _index.Set(key, [$"monitors/{spec.Monitor}", .. policyKind is null ? Array.Empty<string>() : [$"{policyKind.SubjectPrefix}/{spec.PromotionPolicy}"]]);
        var last = (int?)trigger.Status["lastWindow"] ?? 0;
        var all = await windows.ListAsync(key.Namespace, spec.Monitor, 0, cancellation);
        if (all.Count == 0 || all[^1].Number <= last)
        {
            return ReconcileOutcome.Done;
        }

        var newest = all[^1];
        var policy = policyKind is not null && (await resources.GetAsync(policyKind, key.Namespace, spec.PromotionPolicy!, cancellation)).TryGet(out var found, out _)
            ? found
            : null;
        if (policy is not null && StillJudges(policy, spec, newest.Number))
        {
            return ReconcileOutcome.Done;
        }

        var champion = await registry.GetAliasAsync(key.Namespace, spec.Model, spec.ChampionAlias, cancellation);
        var decision = await JudgeAsync(trigger, spec, all, champion?.Version, policy, cancellation);
        if (decision.Fire)
        {
            var submitted = await runs.SubmitAsync(RunFor(trigger, spec, newest, decision.Reason), cancellation);
            if (!submitted.TryGet(out var run, out var problem))
            {
                SetCondition(trigger, false, problem.Code.ToString(), problem.Message);
                await WriteAsync(trigger, cancellation);
                return ReconcileOutcome.Retry(problem.Message);
            }

            (trigger.Status["losses"], trigger.Status["lostMends"]) = (LossesSoFar(trigger, champion?.Version), LostMendsSoFar(trigger, champion?.Version));
            trigger.Status["firedForAge"] = decision.ForAge;
            trigger.Status["lastFiredWindow"] = newest.Number;
            trigger.Status["lastRun"] = run.Id;
            trigger.Status["championAtFire"] = champion?.Version;
            trigger.Status["fired"] = ((int?)trigger.Status["fired"] ?? 0) + 1;
        }

        trigger.Status["lastWindow"] = newest.Number;
        trigger.Status["reason"] = decision.Reason;
        SetCondition(trigger, true, decision.Fire ? "Fired" : "Watching", decision.Reason);
        return await WriteAsync(trigger, cancellation) is { Succeeded: false } failed ? ReconcileOutcome.Retry(failed.Problem.Message) : ReconcileOutcome.Done;
    }

    private async Task<RetrainDecision> JudgeAsync(
        Resource trigger, TriggerSpec spec, IReadOnlyList<MonitorWindow> all, int? champion, Resource? policy, CancellationToken cancellation)
    {
        if (spec.Suspend)
        {
            return new RetrainDecision(false, "suspended");
        }

        if (champion is null)
        {
            return new RetrainDecision(false, $"model {spec.Model} has no {spec.ChampionAlias} yet");
        }

        if (await BusyAsync(trigger.Namespace, spec, policy, cancellation) is { } busy)
        {
            return new RetrainDecision(false, busy);
        }

        var losses = all
            .Select(w => (w.Number, Quality: w.Versions.FirstOrDefault(v => v.ModelVersion == champion)))
            .Where(w => w.Quality is { Labelled: > 0 })
            .Select(w => new WindowLoss(w.Number, w.Quality!.Labelled, w.Quality.MeanLoss, w.Quality.LossVariance))
            .ToList();
        var history = new TrainingHistory((int?)trigger.Status["lastFiredWindow"], LossesSoFar(trigger, champion), LostMendsSoFar(trigger, champion));
        return RetrainRule.Decide(spec.When, losses, history, all[^1].Number);
    }

    /// <summary>Why nothing should be started now, or null.</summary>
    private async Task<string?> BusyAsync(string ns, TriggerSpec spec, Resource? policy, CancellationToken cancellation)
    {
        if ((await runs.ListAsync(ns, spec.Pipeline, 20, cancellation)).FirstOrDefault(r => !r.IsFinished) is { } running)
        {
            return $"run {running.Id} of {spec.Pipeline} is still under way";
        }

        return (string?)policy?.Status["phase"] switch
        {
            "Canary" => $"the rollout of version {(int?)policy.Status["candidateVersion"]} is still under way",
            "Watching" => $"version {(int?)policy.Status["championVersion"]} has just been promoted and is still compared with the former champion",
            _ => null,
        };
    }

    /// <summary>
    /// Both are woken by the same window, and the policy may change the champion over it. Waiting for its word makes the judgement a matter of the
    /// window, not of who was faster; the policy's status brings this key back.
    /// </summary>
    private static bool StillJudges(Resource policy, TriggerSpec spec, int window) =>
        !policy.IsDeleting && (string?)policy.Spec["monitor"] == spec.Monitor && ((int?)policy.Status["lastWindow"] ?? 0) < window;

    /// <summary>A training lost when the champion is still the one from before it.</summary>
    private static int LossesSoFar(Resource trigger, int? champion)
    {
        var before = (int?)trigger.Status["losses"] ?? 0;
        return (int?)trigger.Status["championAtFire"] is not { } atFire ? 0 : atFire == champion ? before + 1 : 0;
    }

    private static int LostMendsSoFar(Resource trigger, int? champion)
    {
        var before = (int?)trigger.Status["lostMends"] ?? 0;
        return LossesSoFar(trigger, champion) == 0 ? 0 : (bool?)trigger.Status["firedForAge"] == true ? before : before + 1;
    }

    private static SubmitPipelineRun RunFor(Resource trigger, TriggerSpec spec, MonitorWindow newest, string reason)
    {
        var parameters = (JsonObject)spec.Parameters.DeepClone();
        parameters["until"] = newest.Until.UtcDateTime.ToString("O");
        parameters["reason"] = reason;
        return new SubmitPipelineRun(trigger.Namespace, spec.Pipeline, parameters, $"trigger:{trigger.Uid}:{newest.Number}", reason)
        {
            Labels = new Dictionary<string, string> { ["slipway.dev/trigger"] = trigger.Name },
        };
    }

    private void SetCondition(Resource trigger, bool ready, string reason, string message) =>
        Conditions.Set(trigger, "Ready", ready ? "True" : "False", reason, message, time.GetUtcNow());

    private Task<Result<Resource>> WriteAsync(Resource trigger, CancellationToken cancellation) =>
        resources.UpdateStatusAsync(TriggerKind.Kind, trigger, new WriteOptions(Name), cancellation);
}
