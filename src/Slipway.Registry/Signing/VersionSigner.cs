using System.Security.Cryptography;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Secrets;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Signing;

/// <summary>
/// Signs what a version is (ECDSA, P-256, SHA-256) and checks it before anything is loaded: whoever can write to the tables alone cannot slip in other bytes
/// unseen, and who holds the public key can check a version anywhere. The key is made at first use and kept in the database, sealed.
/// </summary>
internal sealed class VersionSigner(IDatabase database, SecretBox box, TimeProvider time)
{
    private const string KeyName = "versions";

    private KeyRow? _key;
    private SigningKey? _signing;

    /// <summary>What the key pair is sealed for.</summary>
    public static string Purpose(string name) => $"registry/keys/{name}";

    /// <summary>To be asked for before the transaction in which something is signed.</summary>
    /// <exception cref="ProblemException">It cannot be opened: it was sealed with another key than this server's.</exception>
    public async Task<SigningKey> SigningKeyAsync(CancellationToken cancellation)
    {
        var key = await KeyAsync(cancellation);
        return _signing ??= new SigningKey(key.Sealed ? box.Unseal(Purpose(KeyName), key.Secret).OrThrow() : key.Secret);
    }

    /// <summary>To check signatures with, which anybody may.</summary>
    public async Task<KeyRow> KeyAsync(CancellationToken cancellation)
    {
        if (_key is { } known)
        {
            return known;
        }

        if (await database.ReadAsync((session, _) => KeyStore.FindAsync(session, KeyName), cancellation) is not { } found)
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var (secret, shown) = (box.Seal(Purpose(KeyName), Convert.ToBase64String(made.ExportPkcs8PrivateKey())), Convert.ToBase64String(made.ExportSubjectPublicKeyInfo()));
            var written = await database.WriteAsync<KeyRow>(
                async (session, _) =>
                {
                    await KeyStore.AddAsync(session, KeyName, secret, shown, time.GetUtcNow());
                    return (await KeyStore.FindAsync(session, KeyName))!;
                },
                cancellation);
            found = written.OrThrow();
        }

        return _key = found;
    }

    public static string Sign(SigningKey key, ModelVersion version)
    {
        using var signer = ECDsa.Create();
        signer.ImportPkcs8PrivateKey(Convert.FromBase64String(key.Pkcs8), out _);
        return Convert.ToBase64String(signer.SignData(Statement.Of(version), HashAlgorithmName.SHA256));
    }

    /// <summary>Null when the signature fits.</summary>
    public static Problem? Check(KeyRow key, ModelVersion version)
    {
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key.Public), out _);
        var signature = new byte[256];
        var fits = Convert.TryFromBase64String(version.Signature, signature, out var length) && length > 0
            && verifier.VerifyData(Statement.Of(version), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
        return fits
            ? null
            : Problem.Conflict($"version {version.Version} of model {version.Model} does not fit its signature: its record was changed after it was registered; restore it from a backup or register the model anew");
    }
}

/// <summary>The private key, opened.</summary>
/// <param name="Pkcs8">Base64.</param>
internal sealed record SigningKey(string Pkcs8);
