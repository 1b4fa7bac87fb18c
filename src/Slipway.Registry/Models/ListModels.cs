using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Models;

/// <summary><c>GET /models?limit=100&amp;after=NAME</c>: the registered models by name.</summary>
internal static class ListModels
{
    private const int DefaultLimit = 100;
    private const int MostPerPage = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, string? limit, string? after, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns, string.IsNullOrEmpty(after) ? null : after) is { } problem)
        {
            return problem.ToAnswer();
        }

        var size = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out size) || size is < 1 or > MostPerPage))
        {
            return Problem.Invalid([new Fault("limit", $"'{Names.Shown(limit)}' is not a number from 1 to {MostPerPage}")]).ToAnswer();
        }

        // One more than asked for tells whether there is a next page.
        var found = await database.ReadAsync((session, _) => RegistryStore.ListModelsAsync(session, ns, after ?? "", size + 1), cancellation);
        var items = found.Take(size).ToArray();
        return Results.Json(new ModelPage(items, found.Count > size ? items[^1].Name : null), RegistryJson.Default.ModelPage);
    }
}
