using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Revisions;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Releases;

/// <summary>A Rollout's status, and the same as its report over HTTP: made anew from its decisions and what was measured.</summary>
internal static class RolloutStatus
{
    /// <param name="versionOf">Model version by revision number.</param>
    /// <param name="measured">Null leaves the figures of the last look as they are.</param>
    public static void Write(JsonObject status, ReleaseView view, IReadOnlyDictionary<int, int> versionOf, Measured? measured, DateTimeOffset now)
    {
        var (state, service) = (view.State, view.Rollout.Name);
        status["observedGeneration"] = view.Rollout.Generation;
        status["phase"] = state.Phase.ToString();
        status["paused"] = state.Paused;
        status["message"] = view.History.Count == 0 ? "nothing was decided yet" : Sentence(view.History[0]);
        status["step"] = state.Step;
        status["stepStarted"] = Time(state.StepStarted);
        Set(status, "released", Revised(service, state.Released, versionOf, state.Phase == ReleasePhase.Progressing ? 100 - state.Percent : 100, 0));
        Set(status, "candidate", Revised(service, state.Candidate, versionOf, state.Percent, state.MirrorPercent));
        Set(status, "former", Revised(service, state.Former, versionOf, 0, 0));
        status["history"] = new JsonArray([.. view.History.Reverse().Select(h => Entry(service, h))]);
        if (state.Phase is ReleasePhase.Idle or ReleasePhase.Refused)
        {
            // What led to the last decision stands in its evidence.
            foreach (var member in (string[])["figures", "shadow", "analyses", "lastLook"])
            {
                status.Remove(member);
            }
        }
        else if (measured is not null)
        {
            status["lastLook"] = Time(now);
            status["figures"] = new JsonObject { ["released"] = Shown(measured.Baseline), ["candidate"] = Shown(measured.Candidate) };
            status["analyses"] = new JsonArray([.. Analyst.Judge(view.Plan, measured).Select(Shown)]);
            Set(status, "shadow", measured.Candidate.Compared == 0 ? null : Compared(measured.Candidate));
        }
    }

    public static void WriteConditions(Resource rollout, ReleaseView view, string? blocked, string? notLoaded, DateTimeOffset now)
    {
        var (ready, reason, message) = view.Service is null
            ? ("False", "InferenceServiceMissing", $"There is no InferenceService {rollout.Name} in this namespace; create it, or name the Rollout as the service that it is for")
            : blocked is not null ? ("False", "SplitByHand", blocked)
            : notLoaded is not null ? ("False", "CandidateNotLoaded", notLoaded)
            : ("True", "Watching", "New revisions are rolled out as the spec says");
        Conditions.Set(rollout, "Ready", ready, reason, message, now);
        Conditions.Set(
            rollout, "Progressing", view.State.Phase == ReleasePhase.Progressing && !view.State.Paused ? "True" : "False",
            view.State.Paused ? "Paused" : view.State.Phase.ToString(), (string?)rollout.Status["message"] ?? "", now);
    }

    private static string Sentence(RecordedRelease release) =>
        $"{release.Decision.Kind.ToString().ToLowerInvariant()} by {release.Actor}: {release.Decision.Reason}";

    private static JsonObject? Revised(string service, int number, IReadOnlyDictionary<int, int> versionOf, int percent, int mirror)
    {
        if (number == 0)
        {
            return null;
        }

        var shown = new JsonObject { ["revisionName"] = Revision.NameOf(service, number), ["percent"] = percent };
        if (versionOf.TryGetValue(number, out var version))
        {
            shown["modelVersion"] = version;
        }

        if (mirror > 0)
        {
            shown["mirrorPercent"] = mirror;
        }

        return shown;
    }

    private static JsonObject Entry(string service, RecordedRelease release)
    {
        var (decision, next) = (release.Decision, release.Decision.Next);
        var entry = new JsonObject
        {
            ["time"] = Time(release.Time), ["kind"] = decision.Kind.ToString().ToLowerInvariant(), ["actor"] = release.Actor, ["reason"] = decision.Reason,
            ["released"] = Revision.NameOf(service, next.Released), ["percent"] = next.Percent,
        };
        if (next.Candidate != 0)
        {
            entry["candidate"] = Revision.NameOf(service, next.Candidate);
        }

        if (decision.Findings.Count > 0)
        {
            entry["evidence"] = new JsonArray([.. decision.Findings.Select(Shown)]);
        }

        return entry;
    }

    private static JsonObject Shown(Finding finding)
    {
        var shown = new JsonObject
        {
            ["metric"] = finding.Metric, ["limit"] = finding.Limit, ["samples"] = finding.Samples, ["minSamples"] = finding.MinSamples,
            ["verdict"] = finding.Verdict.ToString().ToLowerInvariant(),
        };
        Set(shown, "value", finding.Value);
        Set(shown, "baseline", finding.Baseline);
        return shown;
    }

    private static JsonObject Shown(Figures figures)
    {
        var shown = new JsonObject { ["requests"] = figures.Requests, ["errors"] = figures.Errors };
        Set(shown, "errorRate", figures.ErrorRate);
        Set(shown, "meanMs", figures.MeanMs);
        Set(shown, "p50Ms", figures.QuantileMs(0.5));
        Set(shown, "p95Ms", figures.QuantileMs(0.95));
        Set(shown, "p99Ms", figures.QuantileMs(0.99));
        return shown;
    }

    private static JsonObject Compared(Figures figures)
    {
        var shown = new JsonObject { ["compared"] = figures.Compared };
        Set(shown, "agreement", figures.Agreement);
        Set(shown, "meanDifference", figures.MeanDifference);
        Set(shown, "maxDifference", figures.MaxDifference);
        Set(shown, "meanLatencyGapMs", figures.MeanLatencyGapMs);
        return shown;
    }

    private static void Set(JsonObject status, string name, JsonObject? value)
    {
        if (value is null)
        {
            status.Remove(name);
        }
        else
        {
            status[name] = value;
        }
    }

    private static void Set(JsonObject status, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            status[name] = double.Round(number, 9);
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
