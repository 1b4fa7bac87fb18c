using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Events;
using Slipway.Platform.Http;

namespace Slipway.Registry.Aliases;

/// <summary><c>DELETE /models/{model}/aliases/{alias}?reason=...</c>: the alias points nowhere afterwards; that it does already is no error.</summary>
internal static class RemoveAlias
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/{model}/aliases/{alias}", HandleAsync).RequirePermission("models.promote");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string alias, string? reason, IModelRegistry registry, CancellationToken cancellation) =>
        (await registry.SetAliasAsync(ns, model, alias, null, CallIdentity.Current, reason ?? "", cancellation))
            .ToAnswer(assignment => Results.Json(assignment, RegistryJson.Default.AliasAssignment));
}
