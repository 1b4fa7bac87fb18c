using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Slipway.Cli.Hosting;
using Slipway.Kernel.Problems;

namespace Slipway.Server.Security;

/// <summary>
/// Who may call. By default the server listens on this machine only and trusts its users, as a development database does. With <c>SLIPWAY_TOKEN</c> every
/// route but probes and discovery asks for it, and only then may the server listen on other addresses.
/// </summary>
internal sealed class AccessPolicy
{
    private readonly byte[]? _tokenDigest;

    private AccessPolicy(string host, string? token)
    {
        Host = host;
        _tokenDigest = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    public string Host { get; }

    public bool NeedsToken => _tokenDigest is not null;

    /// <exception cref="ProblemException">An address that others reach, without a token.</exception>
    public static AccessPolicy Read(ServerSettings settings, IConfiguration configuration)
    {
        var token = configuration["SLIPWAY_TOKEN"] is { Length: > 0 } given ? given : null;
        if (token is { Length: < 16 })
        {
            throw new ProblemException(Problem.Invalid("SLIPWAY_TOKEN is too short: give at least 16 characters, for instance from `openssl rand -hex 24`"));
        }

        var local = settings.Host == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(settings.Host));
        return local || token is not null
            ? new AccessPolicy(settings.Host, token)
            : throw new ProblemException(Problem.Invalid(
                $"--host {settings.Host} opens the server to other machines, which needs a token: set SLIPWAY_TOKEN, for instance to `openssl rand -hex 24`"));
    }

    /// <summary>Compares digests in constant time, so that timing tells nothing about the token.</summary>
    public bool Accepts(string? token) =>
        _tokenDigest is null || (token is not null && CryptographicOperations.FixedTimeEquals(_tokenDigest, SHA256.HashData(Encoding.UTF8.GetBytes(token))));
}
