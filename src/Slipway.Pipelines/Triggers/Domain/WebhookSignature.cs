using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Pipelines.Triggers.Domain;

internal enum WebhookProvider
{
    GitHub,
    GitLab,
    Generic,
}

/// <summary>
/// Tells whether a delivery comes from who knows the secret. GitHub signs the body (<c>X-Hub-Signature-256: sha256=HEX</c>); GitLab sends the secret itself
/// (<c>X-Gitlab-Token</c>); others sign <c>TIMESTAMP.BODY</c> with HMAC-SHA-256 and send <c>X-Slipway-Timestamp</c> (Unix seconds, at most five minutes off) and
/// <c>X-Slipway-Signature: sha256=HEX</c>. Every comparison takes the same time whatever it compares.
/// </summary>
internal static class WebhookSignature
{
    public const long ToleratedSeconds = 300;

    /// <param name="header">A header's value, empty when it is absent.</param>
    /// <param name="now">Unix seconds.</param>
    public static bool IsGenuine(WebhookProvider provider, byte[] secret, ReadOnlySpan<byte> body, Func<string, string> header, long now)
    {
        switch (provider)
        {
            case WebhookProvider.GitLab:
                return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header("X-Gitlab-Token"))), SHA256.HashData(secret));
            case WebhookProvider.GitHub:
                return Matches(header("X-Hub-Signature-256"), HMACSHA256.HashData(secret, body));
            default:
                var stamp = header("X-Slipway-Timestamp");
                if (!long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent) || Math.Abs(now - sent) > ToleratedSeconds)
                {
                    return false;
                }

                using (var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret))
                {
                    mac.AppendData(Encoding.UTF8.GetBytes(stamp + "."));
                    mac.AppendData(body);
                    return Matches(header("X-Slipway-Signature"), mac.GetHashAndReset());
                }
        }
    }

    /// <summary>
    /// What makes a delivery the same as an earlier one. A signed body is its own name, since ids in headers are not signed; GitLab's token signs nothing, and its
    /// id tells redeliveries of the same event.
    /// </summary>
    public static string DeliveryKey(WebhookProvider provider, ReadOnlySpan<byte> body, Func<string, string> header)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(body));
        return provider switch
        {
            WebhookProvider.GitHub => $"{header("X-GitHub-Event")}:{digest}",
            WebhookProvider.GitLab => $"{(header("X-Gitlab-Event-UUID") is { Length: > 0 and <= 200 } id ? id : header("X-Gitlab-Event"))}:{digest}",
            _ => $"{header("X-Slipway-Timestamp")}:{digest}",
        };
    }

    /// <summary>What happened, in the provider's word: <c>push</c>.</summary>
    public static string EventName(WebhookProvider provider, Func<string, string> header) => provider switch
    {
        WebhookProvider.GitHub => header("X-GitHub-Event"),

        // "Push Hook", "Merge Request Hook".
        WebhookProvider.GitLab => header("X-Gitlab-Event").Replace(" Hook", "", StringComparison.Ordinal).ToLowerInvariant().Replace(' ', '_'),
        _ => header("X-Slipway-Event") is { Length: > 0 } named ? named : "call",
    };

    private static bool Matches(string header, byte[] expected)
    {
        const string Prefix = "sha256=";
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || header.Length != Prefix.Length + (2 * expected.Length))
        {
            return false;
        }

        var given = new byte[expected.Length];
        return Convert.FromHexString(header.AsSpan(Prefix.Length), given, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(given, expected);
    }
}
