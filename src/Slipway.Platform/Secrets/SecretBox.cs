using System.Security.Cryptography;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Secrets;

/// <summary>
/// Seals what must not be readable in the database or its backups: AES-256-GCM, bound to what the secret is for. The key is <c>SLIPWAY_SECRET_KEY</c> (32 bytes
/// in base64, the same for all replicas), or else the file <c>secret.key</c> in the data folder, made at first use and readable by this user only.
/// </summary>
public sealed class SecretBox
{
    private const string Version = "v1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const string FileName = "secret.key";

    private readonly byte[] _key;
    private readonly string _keyId;

    private SecretBox(byte[] key) => (_key, _keyId) = (key, Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4)));

    /// <param name="given">The key as configured; null to keep one in the folder.</param>
    public static Result<SecretBox> Open(string dataFolder, string? given)
    {
        if (given is { Length: > 0 })
        {
            return Read(given) is { } configured
                ? new SecretBox(configured)
                : Problem.Invalid("SLIPWAY_SECRET_KEY is no key: give 32 bytes in base64, for instance from `openssl rand -base64 32`");
        }

        var path = Path.Combine(dataFolder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                Make(path);
            }

            Restrict(path);
            return Read(File.ReadAllText(path)) is { } kept
                ? new SecretBox(kept)
                : Problem.Invalid($"{path} holds no key: restore it from a backup; without it the secrets in the database cannot be read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"{path} cannot be used ({e.Message}): make it readable for this user, or set SLIPWAY_SECRET_KEY");
        }
    }

    /// <param name="purpose">What the secret is for and whose: it opens for nothing else, so that sealed texts cannot be swapped between rows.</param>
    public string Seal(string purpose, string secret)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var sealed_ = new byte[NonceBytes + text.Length + TagBytes];
        var nonce = sealed_.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(nonce, text, sealed_.AsSpan(NonceBytes, text.Length), sealed_.AsSpan(NonceBytes + text.Length), Encoding.UTF8.GetBytes(purpose));
        return $"{Version}.{_keyId}.{Convert.ToBase64String(sealed_)}";
    }

    /// <summary>Unavailable when it was sealed with another key; Conflict when it was changed, or is for something else.</summary>
    public Result<string> Unseal(string purpose, string text)
    {
        if (text.Split('.') is not [Version, var keyId, var content] || !TryBytes(content, out var bytes) || bytes.Length < NonceBytes + TagBytes)
        {
            return Problem.Conflict("a secret in the database is not what this server sealed: it was changed outside; set it anew");
        }

        if (keyId != _keyId)
        {
            return Problem.Unavailable(
                $"a secret in the database was sealed with the key {keyId}, and this server has {_keyId}: restore {FileName} beside the database, or give all replicas the same SLIPWAY_SECRET_KEY");
        }

        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(_key, TagBytes);
            cipher.Decrypt(
                bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes, plain.Length), bytes.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes(purpose));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return Problem.Conflict("a secret in the database does not fit its place: it was changed or moved outside; set it anew");
        }
    }

    private static byte[]? Read(string text) => TryBytes(text.Trim(), out var bytes) && bytes.Length == KeyBytes ? bytes : null;

    private static bool TryBytes(string text, out byte[] bytes)
    {
        bytes = new byte[(text.Length / 4 * 3) + 3];
        var read = Convert.TryFromBase64String(text, bytes, out var length);
        bytes = bytes[..length];
        return read;
    }

    // Written whole under another name first: a server killed meanwhile leaves no half key behind.
    private static void Make(string path)
    {
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(draft, options))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path);
    }

    // A folder that was copied about may have opened it to others.
    private static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
