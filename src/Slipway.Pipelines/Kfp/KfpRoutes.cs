using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Kfp;

/// <summary>The group in which all routes of the API stand, and what they share.</summary>
internal static class KfpRoutes
{
    public const string Prefix = "/apis/v2beta1";

    public static RouteGroupBuilder MapKfp(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Prefix);
        group.AddEndpointFilter(RefuseUnreadableAsync);
        return group;
    }

    /// <summary>No name, id or filter has a NUL in it, and PostgreSQL takes no text with one.</summary>
    private static ValueTask<object?> RefuseUnreadableAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var unreadable = HasNul(request.Path.Value) || request.Query.Any(p => HasNul(p.Key) || p.Value.Any(HasNul));
        return unreadable
            ? ValueTask.FromResult<object?>(Problem.Invalid("the address must not contain the character NUL").ToKfpAnswer())
            : next(context);
    }

    private static bool HasNul(string? text) => text is not null && text.Contains('\0', StringComparison.Ordinal);
}
