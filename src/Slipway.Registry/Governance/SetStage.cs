using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Http;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Governance;

/// <summary>
/// <c>PUT /models/{model}/versions/{version}/stage</c> with <c>{"stage": "Production", "reason": "..", "archiveOthers": true}</c>, and
/// <c>GET /models/{model}/stage-history</c>: every move there was, oldest first.
/// </summary>
internal static class SetStage
{
    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapPut("/{model}/versions/{version}/stage", SetAsync).RequirePermission("models.promote");
        models.MapGet("/{model}/stage-history", HistoryAsync).RequirePermission("models.read");
    }

    private static async Task<IResult> SetAsync(
        string ns, string model, string version, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem) || !(await OwnApi.BodyAsync(request, cancellation)).TryGet(out var body, out problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var (stage, reason, archive) = (OwnApi.Text(body, "stage", faults, required: true), OwnApi.Text(body, "reason", faults), OwnApi.Flag(body, "archiveOthers", faults));
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        if (!Stages.Canonical(stage).TryGet(out var canonical, out problem))
        {
            return problem.ToAnswer();
        }

        if (archive && !Stages.IsActive(canonical))
        {
            return Problem.Invalid([new Fault("archiveOthers", $"makes no sense for {canonical}; it is for Staging and Production")]).ToAnswer();
        }

        var change = Change.By(ns, time);
        var moved = await database.WriteAsync((session, _) => MoveStage.ApplyAsync(session, change, model, number, canonical, archive, reason), cancellation);
        return moved.ToAnswer(row => Results.Json(row.ToVersion(), RegistryJson.Default.ModelVersion));
    }

    private static async Task<IResult> HistoryAsync(string ns, string model, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad.ToAnswer();
        }

        var found = await database.ReadAsync(
            async (session, _) => await RegistryStore.FindModelRowAsync(session, ns, model) is null ? null : await RegistryStore.StageHistoryAsync(session, ns, model), cancellation);
        return found is null
            ? Problem.NotFound($"model {model} in namespace {ns}").ToAnswer()
            : OwnApi.Json(new JsonObject { ["model"] = model, ["moves"] = new JsonArray([.. found.Select(Shown)]) });
    }

    private static JsonObject Shown(StageRow row) => new()
    {
        ["sequence"] = row.Sequence, ["version"] = row.Version, ["stage"] = row.Stage, ["previousStage"] = row.PreviousStage, ["actor"] = row.Actor, ["reason"] = row.Reason,
        ["time"] = row.Time,
    };
}
