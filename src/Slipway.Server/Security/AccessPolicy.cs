using System.Net;
using Microsoft.Extensions.Configuration;
using Slipway.Cli.Hosting;
using Slipway.Kernel.Problems;

namespace Slipway.Server.Security;

/// <summary>
/// Who may call. By default the server listens on this machine only and trusts its users, as a development database does. With <c>SLIPWAY_TOKEN</c> every
/// route but probes and discovery asks for it, or for one of <c>SLIPWAY_TOKENS</c>, and only then may the server listen on other addresses.
/// </summary>
internal sealed class AccessPolicy
{
    private readonly NamedTokens _tokens;

    private AccessPolicy(string host, NamedTokens tokens) => (Host, _tokens) = (host, tokens);

    public string Host { get; }

    public bool NeedsToken => _tokens.Any;

    /// <exception cref="ProblemException">An address that others reach, without a token.</exception>
    public static AccessPolicy Read(ServerSettings settings, IConfiguration configuration)
    {
        var tokens = NamedTokens.Read(configuration["SLIPWAY_TOKEN"], configuration["SLIPWAY_TOKENS"]);
        var local = settings.Host == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(settings.Host));
        return local || tokens.Any
            ? new AccessPolicy(settings.Host, tokens)
            : throw new ProblemException(Problem.Invalid(
                $"--host {settings.Host} opens the server to other machines, which needs a token: set SLIPWAY_TOKEN, for instance to `openssl rand -hex 24`"));
    }

    /// <summary>The name behind a token; null when it is none of ours.</summary>
    public string? CallerOf(string? token) => _tokens.OwnerOf(token);
}
