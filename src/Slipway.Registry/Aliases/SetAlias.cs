using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Platform.Http;

namespace Slipway.Registry.Aliases;

/// <summary><c>PUT /models/{model}/aliases/{alias}</c> with <c>{"version": 3, "reason": "..."}</c>: points the alias at a version.</summary>
internal static class SetAlias
{
    private const int LargestBody = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/{model}/aliases/{alias}", HandleAsync).RequirePermission("models.promote");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string alias, HttpRequest request, IModelRegistry registry, CancellationToken cancellation)
    {
        var read = (await JsonBody.ReadObjectAsync(request, cancellation, LargestBody)).Then(Parse);
        if (!read.TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        var set = await registry.SetAliasAsync(ns, model, alias, body.Version, CallIdentity.Current, body.Reason ?? "", cancellation);
        return set.ToAnswer(assignment => Results.Json(assignment, RegistryJson.Default.AliasAssignment));
    }

    private static Result<SetAliasRequest> Parse(JsonObject json)
    {
        try
        {
            return json.Deserialize(RegistryJson.Default.SetAliasRequest) is { Version: not null } body
                ? body
                : Problem.Invalid([new Fault("version", "is missing; give the number of the version that the alias is to point at")]);
        }
        // Half of a surrogate pair in a string is an InvalidOperationException of the reader.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Problem.Invalid("the request body must look like {\"version\": 3, \"reason\": \"why\"}");
        }
    }
}
