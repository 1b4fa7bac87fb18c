using Slipway.Platform.Database;

namespace Slipway.Registry.Signing;

/// <summary>The registry's key pair.</summary>
internal static class KeyStore
{
    private const string Select = "SELECT name, secret, public, created, sealed FROM registry_keys WHERE name = @name";

    private const string Add =
        "INSERT INTO registry_keys (name, secret, public, created, sealed) VALUES (@name, @secret, @shown, @now, 1) ON CONFLICT (name) DO NOTHING";

    private const string SelectOpen = "SELECT name, secret, public, created, sealed FROM registry_keys WHERE sealed = 0";

    private const string Seal = "UPDATE registry_keys SET secret = @secret, sealed = 1 WHERE name = @name";

    public static Task<KeyRow?> FindAsync(IReadSession session, string name) => session.QuerySingleOrDefaultAsync<KeyRow>(Select, new { name });

    /// <summary>Those from before secrets were sealed.</summary>
    public static Task<IReadOnlyList<KeyRow>> OpenAsync(IReadSession session) => session.QueryAsync<KeyRow>(SelectOpen);

    public static Task SealAsync(IWriteSession session, string name, string secret) => session.ExecuteAsync(Seal, new { name, secret });

    /// <summary>Does nothing when another replica was first.</summary>
    public static Task AddAsync(IWriteSession session, string name, string secret, string shown, DateTimeOffset now) =>
        session.ExecuteAsync(Add, new { name, secret, shown, now });
}

internal sealed class KeyRow
{
    public string Name { get; init; } = "";

    /// <summary>Sealed, when <see cref="Sealed"/> says so.</summary>
    public string Secret { get; init; } = "";

    public bool Sealed { get; init; }

    public string Public { get; init; } = "";

    public DateTimeOffset Created { get; init; }
}
