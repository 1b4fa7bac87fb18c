using Slipway.Platform.Database;

namespace Slipway.Registry.Signing;

/// <summary>The registry's key pair.</summary>
internal static class KeyStore
{
    private const string Select = "SELECT name, secret, public, created FROM registry_keys WHERE name = @name";

    private const string Add =
        "INSERT INTO registry_keys (name, secret, public, created) VALUES (@name, @secret, @shown, @now) ON CONFLICT (name) DO NOTHING";

    public static Task<KeyRow?> FindAsync(IReadSession session, string name) => session.QuerySingleOrDefaultAsync<KeyRow>(Select, new { name });

    /// <summary>Does nothing when another replica was first.</summary>
    public static Task AddAsync(IWriteSession session, string name, string secret, string shown, DateTimeOffset now) =>
        session.ExecuteAsync(Add, new { name, secret, shown, now });
}

internal sealed class KeyRow
{
    public string Secret { get; init; } = "";

    public string Public { get; init; } = "";

    public DateTimeOffset Created { get; init; }
}
