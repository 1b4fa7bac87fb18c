using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Gates;
using Slipway.Registry.Http;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Governance;

/// <summary>
/// <c>POST /models/{model}/aliases/{alias}/rollback</c> with <c>{"sequence": 4, "reason": ".."}</c>: points the alias where it pointed after an earlier assignment
/// of its history; without a sequence, where it pointed before the last one. No gate stands before it.
/// </summary>
internal static class RollBackAlias
{
    public static void Map(IEndpointRouteBuilder models) => models.MapPost("/{model}/aliases/{alias}/rollback", HandleAsync).RequirePermission("models.promote");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string alias, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model, alias) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (!(await OwnApi.BodyAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var (sequence, reason) = (OwnApi.Number(body, "sequence", faults), OwnApi.Text(body, "reason", faults, longest: 9_000));
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        var change = Change.By(ns, time);
        var moved = await database.WriteAsync((session, _) => ApplyAsync(session, change, model, alias, sequence, reason), cancellation);
        return moved.ToAnswer(assignment => Results.Json(assignment, RegistryJson.Default.AliasAssignment));
    }

    private static async Task<Result<AliasAssignment>> ApplyAsync(IWriteSession session, Change change, string model, string alias, int? sequence, string reason)
    {
        var history = (await RegistryStore.HistoryAsync(session, change.Namespace, model)).Where(a => a.Alias == alias).ToArray();
        if (history.Length == 0)
        {
            return Problem.NotFound($"alias {alias} of model {model} in namespace {change.Namespace}");
        }

        var to = sequence is null ? history[^1].PreviousVersion : history.FirstOrDefault(a => a.Sequence == sequence)?.Version;
        if (to is null)
        {
            return Problem.Invalid([new Fault("sequence", sequence is null
                ? $"the alias {alias} pointed nowhere before its last assignment; name one of its history"
                : $"{sequence} is no assignment of the alias {alias} to a version; see GET .../alias-history")]);
        }

        var words = sequence is null ? $"rolled back: {reason}" : $"rolled back to assignment {sequence}: {reason}";
        return await MoveAlias.ApplyAsync(session, change, model, alias, to, words, Admission.RolledBack);
    }
}
