using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Aliases;

/// <summary><c>GET /models/{model}/alias-history</c>: every assignment there was, oldest first.</summary>
internal static class GetAliasHistory
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{model}/alias-history", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, string model, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } problem)
        {
            return problem.ToAnswer();
        }

        var history = await database.ReadAsync((session, _) => FindAsync(session, ns, model), cancellation);
        return history is null
            ? Problem.NotFound($"model {model} in namespace {ns}").ToAnswer()
            : Results.Json(history, RegistryJson.Default.AliasHistory);
    }

    private static async Task<AliasHistory?> FindAsync(IReadSession session, string ns, string model) =>
        await RegistryStore.FindModelAsync(session, ns, model) is null
            ? null
            : new AliasHistory(model, await RegistryStore.HistoryAsync(session, ns, model));
}
