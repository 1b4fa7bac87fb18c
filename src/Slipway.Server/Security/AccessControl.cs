using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Platform.Http;
using Slipway.Server.Refusals;

namespace Slipway.Server.Security;

/// <summary>
/// Decides before a handler runs. Without a token only this machine's own names are accepted as Host (against DNS rebinding) and writes from other web
/// origins are refused (against cross-site requests), because a browser on this machine can reach the port as well as its user can.
/// </summary>
internal sealed class AccessControl(RequestDelegate next, AccessPolicy policy)
{
    private const string Scheme = "Bearer ";
    private const string BasicScheme = "Basic ";

    /// <summary>The last Host that was found to be this server's: hardly ever another than the next request's.</summary>
    private string _ownHost = "";

    public Task InvokeAsync(HttpContext http)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        if (!policy.NeedsToken)
        {
            return CheckOrigin(http) is { } foreign ? Refusal.WriteAsync(http, foreign)
                : metadata?.GetMetadata<ReadsCallerMetadata>() is not null ? next(http)
                : RunAsync(http, CallIdentity.Local);
        }

        var caller = policy.CallerOf(TokenOf(http));
        var refused = CheckToken(caller, metadata?.GetMetadata<PermissionMetadata>()?.Permission);
        if (refused is not null)
        {
            if (refused.Code == ProblemCode.Unauthenticated)
            {
                http.Response.Headers.WWWAuthenticate = "Bearer";
            }

            return Refusal.WriteAsync(http, refused);
        }

        // Nobody, on a route that anybody may call.
        return RunAsync(http, caller is null ? "user:anonymous" : $"user:{caller}");
    }

    private async Task RunAsync(HttpContext http, string actor)
    {
        using var identity = CallIdentity.ActAs(actor);
        await next(http);
    }

    private static string? TokenOf(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : PasswordOf(header);
    }

    private static Problem? CheckToken(string? caller, string? permission) => caller is null && permission is not ""
        ? new Problem(ProblemCode.Unauthenticated, "this server asks for its token: send it as `Authorization: Bearer TOKEN`")
        : null;

    /// <summary>Clients that only know a user and a password (MLFLOW_TRACKING_PASSWORD) send the token as the password.</summary>
    private static string? PasswordOf(string header)
    {
        if (!header.StartsWith(BasicScheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header[BasicScheme.Length..].Trim()));
            return pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private Problem? CheckOrigin(HttpContext http)
    {
        var host = http.Request.Headers.Host.ToString();
        if (host != Volatile.Read(ref _ownHost))
        {
            if (!IsOwnName(http.Request.Host.Host))
            {
                return new Problem(ProblemCode.Forbidden, $"'{http.Request.Host.Host}' is not a name of this server; call it by 127.0.0.1 or localhost");
            }

            Volatile.Write(ref _ownHost, host);
        }

        var origin = http.Request.Headers.Origin.ToString();
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method);
        return reads || origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == http.Request.Host.Value)
            ? null
            : new Problem(ProblemCode.Forbidden, "writes from another web origin are refused");
    }

    private bool IsOwnName(string host) =>
        host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host == policy.Host
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
