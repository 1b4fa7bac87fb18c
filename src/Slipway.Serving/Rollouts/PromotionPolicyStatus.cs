using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>A policy's status, made anew from its decisions and the world each time.</summary>
internal static class PromotionPolicyStatus
{
    public const int DecisionsShown = 50;

    /// <param name="newestFirst">At most <see cref="DecisionsShown"/> decisions.</param>
    public static void Write(
        Resource policy, PromotionPolicySpec spec, RolloutState state, Sighting seen, IReadOnlyList<RecordedDecision> newestFirst, bool serviceFound,
        DateTimeOffset now)
    {
        var status = policy.Status;
        status["observedGeneration"] = policy.Generation;
        status["phase"] = state.Phase.ToString();
        status["lastWindow"] = seen.NewestWindow;
        status["observedCandidateSequence"] = state.ObservedCandidateSequence;
        Set(status, "candidateVersion", state.Phase == RolloutPhase.Canary ? state.Version : seen.Candidate?.Version);
        Set(status, "championVersion", seen.Champion?.Version);
        Set(status, "formerVersion", state.Phase == RolloutPhase.Watching ? state.Against : null);
        Set(status, "stage", state.Phase == RolloutPhase.Canary ? state.Stage : null);
        Set(status, "percent", state.Phase == RolloutPhase.Canary ? state.Percent : null);
        Set(status, "stageStartedAfterWindow", state.Phase == RolloutPhase.Idle ? null : state.StageStartedAfterWindow);
        status["history"] = new JsonArray([.. newestFirst.Reverse().Select(Entry)]);

        var (ready, reason, message) = Ready(spec, seen, serviceFound);
        Conditions.Set(policy, "Ready", ready, reason, message, now);
        Conditions.Set(
            policy, "Progressing", state.Phase == RolloutPhase.Idle ? "False" : "True", state.Phase.ToString(), Progress(state, newestFirst), now);
    }

    private static (string Status, string Reason, string Message) Ready(PromotionPolicySpec spec, Sighting seen, bool serviceFound)
    {
        if (!serviceFound)
        {
            return ("False", "InferenceServiceMissing", $"There is no InferenceService {spec.InferenceService} in this namespace; create it, or change spec.inferenceService");
        }

        return seen.Champion is null
            ? ("False", "NoChampion", $"No version of model {spec.Model} is {spec.ChampionAlias}: there is nothing to compare a candidate with; set the alias")
            : ("True", "Watching", $"Candidates under the alias {spec.CandidateAlias} are rolled out on the evidence of monitor {spec.Monitor}");
    }

    private static string Progress(RolloutState state, IReadOnlyList<RecordedDecision> newestFirst) => state.Phase switch
    {
        RolloutPhase.Canary => $"Version {state.Version} answers {state.Percent}% of the requests beside champion {state.Against}: {newestFirst[0].Decision.Reason}",
        RolloutPhase.Watching => $"Version {state.Version} is champion; version {state.Against} runs beside it and may come back",
        _ => newestFirst.Count == 0 ? "Nothing was rolled out yet" : $"The last rollout ended: {newestFirst[0].Decision.Reason}",
    };

    private static JsonObject Entry(RecordedDecision recorded) => new()
    {
        ["time"] = recorded.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        ["kind"] = recorded.Decision.Kind.ToString().ToLowerInvariant(),
        ["version"] = recorded.Decision.Version,
        ["fromVersion"] = recorded.Decision.FromVersion,
        ["percent"] = recorded.Decision.Percent,
        ["window"] = recorded.Decision.Window,
        ["reason"] = recorded.Decision.Reason,
    };

    private static void Set(JsonObject status, string name, int? value)
    {
        if (value is { } number)
        {
            status[name] = number;
        }
        else
        {
            status.Remove(name);
        }
    }
}
