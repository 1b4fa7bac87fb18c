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
/// <c>POST /models/{model}/requests</c> with <c>{"version": 3, "alias": "champion", "reason": ".."}</c> (or <c>"stage"</c>), <c>GET</c> of all and of one,
/// <c>POST ../requests/{number}/votes</c> with <c>{"approve": true, "reason": ".."}</c> and <c>POST ../requests/{number}/withdraw</c>.
/// </summary>
internal static class RequestRoutes
{
    private const int Most = 500;

    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapPost("/{model}/requests", SubmitAsync).RequirePermission("models.promote");
        models.MapGet("/{model}/requests", ListAsync).RequirePermission("models.read");
        models.MapGet("/{model}/requests/{number}", GetAsync).RequirePermission("models.read");
        models.MapPost("/{model}/requests/{number}/votes", VoteAsync).RequirePermission("models.approve");
        models.MapPost("/{model}/requests/{number}/withdraw", WithdrawAsync).RequirePermission("models.promote");
    }

    private static async Task<IResult> SubmitAsync(string ns, string model, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (!(await OwnApi.BodyAsync(request, cancellation)).Then(Parse).TryGet(out var asked, out var problem))
        {
            return problem.ToAnswer();
        }

        var change = Change.By(ns, time);
        return (await database.WriteAsync(
            (session, _) => TransitionRequests.SubmitAsync(session, change, model, asked.Version, asked.Kind, asked.Target, asked.Reason), cancellation)).ToJson();
    }

    private static async Task<IResult> ListAsync(string ns, string model, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad.ToAnswer();
        }

        var listed = await database.ReadAsync<Result<JsonObject>>(
            async (session, _) =>
            {
                if (await RegistryStore.FindModelRowAsync(session, ns, model) is null)
                {
                    return Problem.NotFound($"model {model} in namespace {ns}");
                }

                var items = new JsonArray();
                foreach (var row in await GateStore.RequestsAsync(session, ns, model, Most))
                {
                    items.Add(GateShown.Request(row, await GateStore.VotesAsync(session, ns, model, (int)row.Number)));
                }

                return new JsonObject { ["requests"] = items };
            },
            cancellation);
        return listed.ToJson();
    }

    private static async Task<IResult> GetAsync(string ns, string model, string number, IDatabase database, CancellationToken cancellation) =>
        Number(ns, model, number).TryGet(out var wanted, out var bad)
            ? (await database.ReadAsync((session, _) => TransitionRequests.ShownAsync(session, ns, model, wanted), cancellation)).ToJson()
            : bad.ToAnswer();

    private static async Task<IResult> VoteAsync(
        string ns, string model, string number, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!Number(ns, model, number).TryGet(out var wanted, out var problem) || !(await OwnApi.BodyAsync(request, cancellation)).TryGet(out var body, out problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var (approves, reason) = (OwnApi.Flag(body, "approve", faults), OwnApi.Text(body, "reason", faults));
        if (!body.ContainsKey("approve"))
        {
            faults.Add(new Fault("approve", "is missing; say true or false"));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        var change = Change.By(ns, time);
        return (await database.WriteAsync((session, _) => TransitionRequests.VoteAsync(session, change, model, wanted, approves, reason), cancellation)).ToJson();
    }

    private static async Task<IResult> WithdrawAsync(string ns, string model, string number, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!Number(ns, model, number).TryGet(out var wanted, out var bad))
        {
            return bad.ToAnswer();
        }

        var change = Change.By(ns, time);
        return (await database.WriteAsync((session, _) => TransitionRequests.WithdrawAsync(session, change, model, wanted), cancellation)).ToJson();
    }

    private static Result<int> Number(string ns, string model, string number) =>
        Requests.Check(ns, model) is { } bad ? bad : Requests.Version(number, "number");

    private static Result<(int Version, string Kind, string Target, string Reason)> Parse(JsonObject body)
    {
        var faults = new List<Fault>();
        var version = OwnApi.Number(body, "version", faults);
        var (alias, stage, reason) = (OwnApi.Text(body, "alias", faults), OwnApi.Text(body, "stage", faults), OwnApi.Text(body, "reason", faults));
        if (version is null && faults.Count == 0)
        {
            faults.Add(new Fault("version", "is missing; give the number of the version"));
        }

        if ((alias.Length > 0) == (stage.Length > 0))
        {
            faults.Add(new Fault("alias", "give either an alias or a stage"));
        }
        else if (alias.Length > 0 && Names.Alias(alias) is { } badAlias)
        {
            faults.Add(badAlias);
        }
        else if (stage.Length > 0)
        {
            if (Stages.Canonical(stage).TryGet(out var canonical, out var unknown))
            {
                stage = canonical;
            }
            else
            {
                faults.Add(new Fault("stage", unknown.Message));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : (version!.Value, alias.Length > 0 ? "alias" : "stage", alias.Length > 0 ? alias : stage, reason);
    }
}
