using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Gates;
using Slipway.Registry.Http;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Governance;

/// <summary>
/// <c>GET, PUT, DELETE /models/{model}/gate</c>, and <c>/model-gate</c> for the models of a namespace that have no rules of their own: what must hold before a
/// version gets a guarded alias or stage.
/// </summary>
internal static class ModelGate
{
    public static void Map(IEndpointRouteBuilder models, IEndpointRouteBuilder ns)
    {
        models.MapGet("/{model}/gate", GetAsync).RequirePermission("models.read");
        models.MapPut("/{model}/gate", PutAsync).RequirePermission("models.govern");
        models.MapDelete("/{model}/gate", DeleteAsync).RequirePermission("models.govern");
        ns.MapGet("/model-gate", (string ns, IDatabase database, CancellationToken cancellation) => GetAsync(ns, "", database, cancellation)).RequirePermission("models.read");
        ns.MapPut("/model-gate", (string ns, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation) =>
            PutAsync(ns, "", request, database, time, cancellation)).RequirePermission("models.govern");
        ns.MapDelete("/model-gate", (string ns, IDatabase database, TimeProvider time, CancellationToken cancellation) =>
            DeleteAsync(ns, "", database, time, cancellation)).RequirePermission("models.govern");
    }

    private static async Task<IResult> GetAsync(string ns, string model, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model.Length == 0 ? null : model) is { } bad)
        {
            return bad.ToAnswer();
        }

        var row = await database.ReadAsync((session, _) => GateStore.FindGateAsync(session, ns, model), cancellation);
        return row is null ? NoGate(ns, model).ToAnswer() : OwnApi.Json(GateShown.Gate(row));
    }

    private static async Task<IResult> PutAsync(string ns, string model, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model.Length == 0 ? null : model) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (!(await OwnApi.BodyAsync(request, cancellation)).Then(Parse).TryGet(out var rules, out var problem))
        {
            return problem.ToAnswer();
        }

        var change = Change.By(ns, time);
        var json = JsonSerializer.Serialize(rules, GateJson.Default.GateRules);
        var written = await database.WriteAsync<JsonObject>(
            async (session, _) =>
            {
                if (model.Length > 0 && !await RegistryStore.LockModelAsync(session, ns, model))
                {
                    return Problem.NotFound($"model {model} in namespace {ns}");
                }

                await GateStore.PutGateAsync(session, ns, model, json, change.Actor, change.Now);
                await change.TellAsync(session, "model.gate.set", model, new JsonObject { ["model"] = model, ["rules"] = JsonNode.Parse(json) });
                return GateShown.Gate((await GateStore.FindGateAsync(session, ns, model))!);
            },
            cancellation);
        return written.ToJson();
    }

    private static async Task<IResult> DeleteAsync(string ns, string model, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model.Length == 0 ? null : model) is { } bad)
        {
            return bad.ToAnswer();
        }

        var change = Change.By(ns, time);
        var dropped = await database.WriteAsync<JsonObject>(
            async (session, _) =>
            {
                if (!await GateStore.DropGateAsync(session, ns, model))
                {
                    return NoGate(ns, model);
                }

                await change.TellAsync(session, "model.gate.removed", model, new JsonObject { ["model"] = model });
                return new JsonObject { ["model"] = model.Length == 0 ? null : model, ["removed"] = true };
            },
            cancellation);
        return dropped.ToJson();
    }

    private static Result<GateRules> Parse(JsonObject body)
    {
        try
        {
            var rules = body.Deserialize(GateJson.Default.GateRules)!;
            return rules.Check() is { Count: > 0 } faults ? Problem.Invalid(faults) : rules;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentNullException or NullReferenceException)
        {
            return Problem.Invalid(
                $"the rules cannot be read: {exception.Message}; write for instance {{\"aliases\": [\"champion\"], \"approvals\": 1, \"metrics\": [{{\"name\": \"r2\", \"min\": 0.8}}], \"documentation\": true, \"pickleScan\": \"block\"}}");
        }
    }

    private static Problem NoGate(string ns, string model) => Problem.NotFound(model.Length == 0 ? $"rules for the models of namespace {ns}" : $"rules of model {model} in namespace {ns}");
}
