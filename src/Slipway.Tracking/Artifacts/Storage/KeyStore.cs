using Slipway.Platform.Database;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>The signing key, made by whoever needs it first.</summary>
internal static class KeyStore
{
    private const string Insert = "INSERT INTO tracking_artifact_keys (id, value, sealed) VALUES (1, @value, 1) ON CONFLICT (id) DO NOTHING";

    private const string Select = "SELECT value, sealed FROM tracking_artifact_keys WHERE id = 1";

    private const string Seal = "UPDATE tracking_artifact_keys SET value = @value, sealed = 1 WHERE id = 1";

    public static Task<KeyRow?> FindAsync(IReadSession session) => session.QuerySingleOrDefaultAsync<KeyRow>(Select);

    public static Task SealAsync(IWriteSession session, string value) => session.ExecuteAsync(Seal, new { value });

    public static async Task<KeyRow> EnsureAsync(IWriteSession session, string value)
    {
        await session.ExecuteAsync(Insert, new { value });
        return (await FindAsync(session))!;
    }
}

/// <param name="Sealed">False for one from before keys were sealed.</param>
internal sealed record KeyRow(string Value, bool Sealed);
