using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;
using Slipway.Serving.Bodies;
using Slipway.Serving.Kinds;
using Slipway.Serving.Releases.Domain;

namespace Slipway.Serving.Releases;

/// <summary>
/// <c>GET /api/slipway/v1/namespaces/{ns}/rollouts/{name}</c>: where a rollout stands, with figures of this moment;
/// <c>POST .../rollouts/{name}/pause|resume|promote|abort|undo</c>: moves it by hand, with an optional <c>{"reason"}</c>. Any replica takes them. A
/// service that has no Rollout but a <c>canaryTrafficPercent</c> is promoted and aborted too, by that field.
/// </summary>
internal sealed class RolloutRoutes(IResourceStore resources, ReleaseSight sight, ReleaseStore releases, TimeProvider time)
{
    private const int LongestReason = 500;
    private const int MostAttempts = 5;
    private const string Moved = "moved";

    public void Map(IEndpointRouteBuilder routes)
    {
        const string Rollout = "/api/slipway/v1/namespaces/{ns}/rollouts/{name}";
        routes.MapGet(Rollout, async http => await (await ReportAsync(http)).ExecuteAsync(http)).RequirePermission("models.read");
        foreach (var command in Enum.GetValues<ReleaseCommand>())
        {
            routes.MapPost($"{Rollout}/{command.ToString().ToLowerInvariant()}", async http => await (await CommandAsync(http, command)).ExecuteAsync(http))
                .RequirePermission("models.write");
        }
    }

    private async Task<IResult> ReportAsync(HttpContext http)
    {
        var (ns, name) = PathOf(http);
        var found = await resources.GetAsync(RolloutKind.Definition, ns, name, http.RequestAborted);
        return found.TryGet(out var rollout, out var problem) ? await ReportAsync(rollout, http.RequestAborted)
            : problem.Code == ProblemCode.NotFound ? await ByHandAsync(ns, name, http.RequestAborted)
            : problem.ToAnswer();
    }

    private async Task<IResult> ReportAsync(Resource rollout, CancellationToken cancellation)
    {
        var view = await sight.ViewAsync(rollout, cancellation);
        var versions = new Dictionary<int, int>();
        Measured? measured = null;
        if (view.Service is not null)
        {
            foreach (var revision in new[] { view.State.Released, view.State.Candidate, view.State.Former }.Where(r => r != 0).Distinct())
            {
                versions[revision] = await sight.VersionAsync(view, revision, cancellation) ?? 0;
            }

            measured = (await sight.SeeAsync(view, look: view.State.Phase is ReleasePhase.Progressing or ReleasePhase.Watching, cancellation)).Measured;
        }

        var report = (JsonObject)rollout.Status.DeepClone();
        RolloutStatus.Write(report, view, versions, measured, time.GetUtcNow());
        report["name"] = rollout.Name;
        report["namespace"] = rollout.Namespace;
        report["strategy"] = ReleasePlan.NameOf(view.Plan.Strategy);
        return Json(report);
    }

    private async Task<IResult> CommandAsync(HttpContext http, ReleaseCommand command)
    {
        var (ns, name) = PathOf(http);
        if (!(await ReasonAsync(http)).TryGet(out var reason, out var problem))
        {
            return problem.ToAnswer();
        }

        var found = await resources.GetAsync(RolloutKind.Definition, ns, name, http.RequestAborted);
        if (!found.TryGet(out var rollout, out problem))
        {
            return problem.Code == ProblemCode.NotFound ? await CommandByHandAsync(ns, name, command, http.RequestAborted) : problem.ToAnswer();
        }

        for (var attempt = 1; ; attempt++)
        {
            var recorded = await DecideAsync(rollout, command, reason, http.RequestAborted);
            if (recorded.Succeeded)
            {
                return await ReportAsync(rollout, http.RequestAborted);
            }

            // The rollout moved on by itself in between: what was asked for is held against where it stands now.
            if (recorded.Problem.Reason != Moved || attempt == MostAttempts)
            {
                return recorded.Problem.ToAnswer();
            }
        }
    }

    private async Task<Result<Unit>> DecideAsync(Resource rollout, ReleaseCommand command, string reason, CancellationToken cancellation)
    {
        var view = await sight.ViewAsync(rollout, cancellation);
        if (view.Service is null)
        {
            return Problem.NotFound($"InferenceService '{rollout.Name}', which the Rollout of that name is for,");
        }

        var seen = await sight.SeeAsync(view, look: false, cancellation);
        if (!ReleaseCommands.Decide(command, view.State, view.Plan, seen, time.GetUtcNow(), reason).TryGet(out var decision, out var problem))
        {
            return problem with { Message = $"rollout {rollout.Name} cannot {command.ToString().ToLowerInvariant()}: {problem.Message}" };
        }

        var recorded = await releases.RecordAsync(view.Key, view.NextSequence, rollout.Namespace, rollout.Name, CallIdentity.Current, decision, cancellation);
        return recorded.Problem is { Code: ProblemCode.Conflict } conflict ? conflict with { Reason = Moved } : recorded;
    }

    private async Task<IResult> ByHandAsync(string ns, string name, CancellationToken cancellation)
    {
        if (!(await resources.GetAsync(InferenceServiceKind.Definition, ns, name, cancellation)).TryGet(out var service, out var problem))
        {
            return problem.ToAnswer();
        }

        var percent = (int?)(service.Spec["predictor"] as JsonObject)?["canaryTrafficPercent"];
        var isLoaded = percent is null or 0 or 100 || service.Status["traffic"] is JsonArray { Count: > 1 };
        var report = new JsonObject
        {
            ["name"] = name, ["namespace"] = ns, ["strategy"] = percent is null ? "none" : "byHand", ["phase"] = percent is null or 100 ? "Idle" : "Progressing",
            ["message"] = percent is null
                ? "The service has no Rollout: a new version gets all traffic as soon as it is loaded. Apply a slipway.dev/v1 Rollout of the same name to change that"
                : $"spec.predictor.canaryTrafficPercent gives the newest revision {percent}%{(isLoaded ? "" : ", but so far one revision alone is loaded (when the other cannot be, the service's conditions say why)")}; promote removes the field, abort sets it to 0",
            ["traffic"] = service.Status["traffic"]?.DeepClone() ?? new JsonArray(),
        };
        return Json(report);
    }

    private async Task<IResult> CommandByHandAsync(string ns, string name, ReleaseCommand command, CancellationToken cancellation)
    {
        if (!(await resources.GetAsync(InferenceServiceKind.Definition, ns, name, cancellation)).TryGet(out var service, out var problem))
        {
            return problem.ToAnswer();
        }

        var has = (service.Spec["predictor"] as JsonObject)?["canaryTrafficPercent"] is not null;
        if (!has || command is not (ReleaseCommand.Promote or ReleaseCommand.Abort))
        {
            return Problem.Conflict(has
                ? $"{name} is split by canaryTrafficPercent, which can only promote or abort; for more, apply a slipway.dev/v1 Rollout named {name} and remove that field"
                : $"{name} has no Rollout and no canaryTrafficPercent, so nothing is being rolled out; apply a slipway.dev/v1 Rollout named {name}, or deploy with --canary").ToAnswer();
        }

        var patch = new JsonObject
        {
            ["spec"] = new JsonObject { ["predictor"] = new JsonObject { ["canaryTrafficPercent"] = command == ReleaseCommand.Promote ? null : 0 } },
        };
        var patched = await resources.PatchAsync(
            InferenceServiceKind.Definition, ns, name, PatchType.Merge, patch, null, new WriteOptions("slipway-rollout"), cancellation);
        return patched.Succeeded ? await ByHandAsync(ns, name, cancellation) : patched.Problem.ToAnswer();
    }

    private static async Task<Result<string>> ReasonAsync(HttpContext http)
    {
        const string Usual = "by hand";
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } || http.Request.ContentLength == 0)
        {
            return Usual;
        }

        if (!(await JsonBody.ReadObjectAsync(http.Request, http.RequestAborted, 64 * 1024)).TryGet(out var body, out var problem))
        {
            return problem;
        }

        return body["reason"] switch
        {
            null => Usual,
            JsonValue value when value.TryGetValue<string>(out var text) && text.Length <= LongestReason => text.Length == 0 ? Usual : text,
            _ => Problem.Invalid($"reason: must be a text of at most {LongestReason} characters"),
        };
    }

    private static (string Namespace, string Name) PathOf(HttpContext http) => ((string)http.GetRouteValue("ns")!, (string)http.GetRouteValue("name")!);

    private static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json");
}
