using System.Security.Cryptography;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Server.Security;

/// <summary>
/// The tokens and whose they are, as digests. <c>SLIPWAY_TOKENS</c> is <c>NAME=TOKEN</c>, several separated by commas or lines: each caller is told apart in
/// histories, approvals and the audit trail. All may do the same.
/// </summary>
internal sealed class NamedTokens
{
    private const int ShortestToken = 16;
    private const int LongestName = 63;

    private readonly List<(string Name, byte[] Digest)> _all = [];

    /// <exception cref="ProblemException">A token too short, a name that cannot be, or either twice.</exception>
    public static NamedTokens Read(string? token, string? named)
    {
        var tokens = new NamedTokens();
        if (!string.IsNullOrEmpty(token))
        {
            tokens.Add("SLIPWAY_TOKEN", "token", token);
        }

        foreach (var entry in (named ?? "").Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = entry.Split('=', 2) is [var before, var after] ? (before.Trim(), after.Trim()) : throw Wrong($"has an entry without '=': write NAME=TOKEN");
            if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@') || name is "token" or "local")
            {
                throw Wrong("has a name that cannot be: use at most 63 letters, digits and . - _ @, and neither 'token' nor 'local'");
            }

            tokens.Add("SLIPWAY_TOKENS", name, value);
        }

        // Loops and the command line call the server as its operator.
        return tokens._all.Count == 0 || !string.IsNullOrEmpty(token) ? tokens : throw Wrong("needs SLIPWAY_TOKEN beside it: the server's own workers call with that one");
    }

    public bool Any => _all.Count > 0;

    /// <summary>Whose token it is, or null. Every digest is compared, in constant time, so that timing tells nothing about any of them.</summary>
    public string? OwnerOf(string? token)
    {
        if (token is null)
        {
            return null;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        string? owner = null;
        foreach (var (name, known) in _all)
        {
            owner = CryptographicOperations.FixedTimeEquals(known, digest) ? name : owner;
        }

        return owner;
    }

    private void Add(string setting, string name, string token)
    {
        if (token.Length < ShortestToken)
        {
            throw new ProblemException(Problem.Invalid($"{setting} is too short{(name == "token" ? "" : $" for '{name}'")}: give at least 16 characters, for instance from `openssl rand -hex 24`"));
        }

        if (OwnerOf(token) is not null || _all.Exists(t => t.Name == name))
        {
            throw Wrong($"has '{name}' or its token twice: each caller needs a name and a token of their own");
        }

        _all.Add((name, SHA256.HashData(Encoding.UTF8.GetBytes(token))));
    }

    private static ProblemException Wrong(string what) => new(Problem.Invalid($"SLIPWAY_TOKENS {what}"));
}
