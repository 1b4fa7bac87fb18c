using Microsoft.AspNetCore.Builder;

namespace Slipway.Platform.Http;

/// <summary>The permission a caller needs for a route, <c>noun.verb</c>: <c>models.read</c>. Listed in the generated route list and checked before the handler.</summary>
public sealed record PermissionMetadata(string Permission);

/// <summary>The route's handler asks <see cref="Events.CallIdentity.Caller"/> who calls, and appends no events itself.</summary>
public sealed record ReadsCallerMetadata;

public static class RouteConventions
{
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, string permission)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PermissionMetadata(permission));

    /// <summary>For probes and discovery, which anybody may read.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PermissionMetadata(""));

    /// <summary>
    /// For hot routes. While no token is asked for, everybody is <see cref="Events.CallIdentity.Local"/>, and letting that flow along costs each
    /// request an execution context of its own at every await.
    /// </summary>
    public static TBuilder ReadsCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new ReadsCallerMetadata());
}
