using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Secrets;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// Makes and checks addresses that allow one thing with one file for some time and need no token: for clients that hand them to a plain downloader.
/// </summary>
internal sealed class SignedAddress(IDatabase database, SecretBox box, TimeProvider time)
{
    public static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);

    /// <summary>As object stores have it.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    private const string Purpose = "tracking/signed-addresses";

    private byte[]? _key;

    /// <param name="method">GET (with HEAD) or PUT.</param>
    public async Task<Result<string>> MakeAsync(HttpContext http, string method, ArtifactPlace place, TimeSpan life, CancellationToken cancellation)
    {
        if (!(await KeyAsync(cancellation)).TryGet(out var key, out var problem))
        {
            return problem;
        }

        var expires = (time.GetUtcNow() + life).ToUnixTimeSeconds();
        return ProxyAddress.Of(http, string.Create(
            CultureInfo.InvariantCulture, $"signed/{place.Path.ToAddress()}?workspace={place.Namespace}&expires={expires}&signature={Sign(key, method, place.Namespace, place.Path.Value, expires)}"));
    }

    /// <summary>The workspace that the address is for, if it is one that was made here for this method and path and still holds.</summary>
    public async Task<Result<string>> CheckAsync(HttpContext http, string method, ArtifactPath path, CancellationToken cancellation)
    {
        if (!(await KeyAsync(cancellation)).TryGet(out var key, out var problem))
        {
            return problem;
        }

        var query = http.Request.Query;
        string ns = query["workspace"].ToString(), given = query["signature"].ToString();
        var known = long.TryParse(query["expires"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(Sign(key, method, ns, path.Value, expires)));
        if (!known)
        {
            return new Problem(ProblemCode.Forbidden, "the address was changed, or not made by this server; ask for a new one");
        }

        return time.GetUtcNow().ToUnixTimeSeconds() > expires ? new Problem(ProblemCode.Forbidden, "the address has expired; ask for a new one") : ns;
    }

    private static string Sign(byte[] key, string method, string ns, string path, long expires) => Convert.ToHexStringLower(HMACSHA256.HashData(
        key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{method}\n{ns}\n{expires}\n{path}"))));

    private async Task<Result<byte[]>> KeyAsync(CancellationToken cancellation)
    {
        if (_key is { } known)
        {
            return known;
        }

        var row = await database.ReadAsync((session, _) => KeyStore.FindAsync(session), cancellation);
        if (row is null or { Sealed: false })
        {
            var made = box.Seal(Purpose, row?.Value ?? RandomNumberGenerator.GetHexString(64, lowercase: true));
            var stored = await database.WriteAsync<KeyRow>(
                async (session, _) =>
                {
                    var there = await KeyStore.EnsureAsync(session, made);
                    if (there.Sealed)
                    {
                        return there;
                    }

                    await KeyStore.SealAsync(session, made);
                    return new KeyRow(made, true);
                },
                cancellation);
            if (!stored.TryGet(out row, out var problem))
            {
                return problem;
            }
        }

        if (!box.Unseal(Purpose, row.Value).TryGet(out var text, out var refused))
        {
            return refused;
        }

        return _key = Convert.FromHexString(text);
    }
}
