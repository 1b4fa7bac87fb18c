using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Gates;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Governance;

/// <summary>What happens to requests for an alias or a stage, inside the caller's transaction.</summary>
internal static class TransitionRequests
{
    /// <summary>With the votes so far; the same request that is still pending is answered instead of a second one.</summary>
    public static async Task<Result<JsonObject>> SubmitAsync(IWriteSession session, Change change, string model, int version, string kind, string target, string reason)
    {
        if (!await RegistryStore.LockModelAsync(session, change.Namespace, model))
        {
            return Problem.NotFound($"model {model} in namespace {change.Namespace}");
        }

        if (await RegistryStore.FindVersionAsync(session, change.Namespace, model, version) is not { } found)
        {
            return Problem.NotFound($"version {version} of model {model} in namespace {change.Namespace}");
        }

        if ((await GateStore.PendingAsync(session, change.Namespace, model, version, kind, target)).FirstOrDefault() is { } pending)
        {
            return await ShownAsync(session, change.Namespace, model, (int)pending.Number);
        }

        var rules = await GateKeeper.RulesAsync(session, change.Namespace, model) ?? new GateRules();
        var guarded = rules.Guards(kind, target);
        var findings = guarded ? await GateKeeper.FindingsAsync(session, rules, found) : [];
        var number = await GateStore.AddRequestAsync(session, change.Namespace, model, version, kind, target, reason, change.Actor, GateJson.Of(findings), change.Now);
        await TellAsync(session, change, model, number, "pending");

        // Where nobody need agree, an open gate is agreement enough.
        return (!guarded || rules.Approvals == 0) && Gate.Opens(findings)
            ? await ApplyAsync(session, change, model, number, findings)
            : await ShownAsync(session, change.Namespace, model, number);
    }

    public static async Task<Result<JsonObject>> VoteAsync(IWriteSession session, Change change, string model, int number, bool approves, string reason)
    {
        if (!(await PendingAsync(session, change.Namespace, model, number)).TryGet(out var request, out var problem))
        {
            return problem;
        }

        if (approves && request.Actor == change.Actor)
        {
            return new Problem(ProblemCode.Forbidden, $"{change.Actor} asked for it; somebody else must approve");
        }

        await GateStore.VoteAsync(session, change.Namespace, model, number, change.Actor, approves, reason, change.Now);
        if (!approves)
        {
            await CloseAsync(session, change, model, number, "rejected", request.Findings);
            return await ShownAsync(session, change.Namespace, model, number);
        }

        var rules = await GateKeeper.RulesAsync(session, change.Namespace, model) ?? new GateRules();
        var votes = await GateStore.VotesAsync(session, change.Namespace, model, number);
        if (votes.Count(v => v.Approves) < rules.Approvals)
        {
            return await ShownAsync(session, change.Namespace, model, number);
        }

        var version = (await RegistryStore.FindVersionAsync(session, change.Namespace, model, (int)request.Version))!;
        return await ApplyAsync(session, change, model, number, await GateKeeper.FindingsAsync(session, rules, version));
    }

    public static async Task<Result<JsonObject>> WithdrawAsync(IWriteSession session, Change change, string model, int number)
    {
        if (!(await PendingAsync(session, change.Namespace, model, number)).TryGet(out var request, out var problem))
        {
            return problem;
        }

        await CloseAsync(session, change, model, number, "withdrawn", request.Findings);
        return await ShownAsync(session, change.Namespace, model, number);
    }

    public static async Task<Result<JsonObject>> ShownAsync(IReadSession session, string ns, string model, int number) =>
        await GateStore.FindRequestAsync(session, ns, model, number) is { } row
            ? GateShown.Request(row, await GateStore.VotesAsync(session, ns, model, number))
            : NoRequest(ns, model, number);

    /// <summary>Does what was asked for; a gate that has shut meanwhile leaves the request pending.</summary>
    private static async Task<Result<JsonObject>> ApplyAsync(IWriteSession session, Change change, string model, int number, IReadOnlyList<GateFinding> findings)
    {
        var request = (await GateStore.FindRequestAsync(session, change.Namespace, model, number))!;
        var reason = $"request {number}: {request.Reason}";
        var done = request.Kind == "alias"
            ? (await MoveAlias.ApplyAsync(session, change, model, request.Target, (int)request.Version, reason, Admission.Approved)).Select(_ => default(Unit))
            : (await MoveStage.ApplyAsync(session, change, model, (int)request.Version, request.Target, false, reason, Admission.Approved)).Select(_ => default(Unit));
        if (!done.TryGet(out _, out var refused))
        {
            return refused;
        }

        await CloseAsync(session, change, model, number, "approved", GateJson.Of(findings));
        return await ShownAsync(session, change.Namespace, model, number);
    }

    private static async Task CloseAsync(IWriteSession session, Change change, string model, int number, string state, string findings)
    {
        await GateStore.CloseRequestAsync(session, change.Namespace, model, number, state, findings, change.Now);
        await TellAsync(session, change, model, number, state);
    }

    private static async Task<Result<RequestRow>> PendingAsync(IWriteSession session, string ns, string model, int number)
    {
        await RegistryStore.LockModelAsync(session, ns, model);
        return await GateStore.FindRequestAsync(session, ns, model, number) is not { } row
            ? NoRequest(ns, model, number)
            : row.State == "pending" ? row : Problem.Conflict($"request {number} of model {model} is {row.State} already");
    }

    private static Task TellAsync(IWriteSession session, Change change, string model, int number, string state) =>
        change.TellAsync(session, "model.request." + state, model, new JsonObject { ["model"] = model, ["request"] = number, ["state"] = state });

    private static Problem NoRequest(string ns, string model, int number) => Problem.NotFound($"request {number} of model {model} in namespace {ns}");
}
