using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Serving.Artifacts;

/// <summary>AWS's Signature Version 4.</summary>
internal static class S3Signature
{
    public const string EmptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Percent-encodes all but what a signature leaves alone.</summary>
    public static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary>The header Authorization, over these headers in order of their names (<c>host</c>, <c>x-amz-content-sha256</c>, <c>x-amz-date</c>, ...).</summary>
    /// <param name="path">Encoded part by part.</param>
    /// <param name="query">Encoded, in order of the names.</param>
    /// <param name="body">SHA-256 of the body in hexadecimal.</param>
    public static string Authorization(
        S3Options options, string method, string path, string query, IReadOnlyList<(string Name, string Value)> headers, DateTimeOffset now, string body = EmptyBody)
    {
        var (date, time) = (now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture), Time(now));
        var signed = string.Join(';', headers.Select(h => h.Name));
        var canonical = $"{method}\n{path}\n{query}\n{string.Concat(headers.Select(h => $"{h.Name}:{h.Value}\n"))}\n{signed}\n{body}";
        var scope = $"{date}/{options.Region}/s3/aws4_request";
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + options.SecretKey);
        foreach (var part in new[] { date, options.Region, "s3", "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return $"{Algorithm} Credential={options.AccessKey}/{scope}, SignedHeaders={signed}, Signature={signature}";
    }

    public static string Time(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
