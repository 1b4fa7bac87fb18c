using Slipway.Platform.Database;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>The signing key, made by whoever needs it first.</summary>
internal static class KeyStore
{
    private const string Insert = "INSERT INTO tracking_artifact_keys (id, value) VALUES (1, @value) ON CONFLICT (id) DO NOTHING";

    private const string Select = "SELECT value FROM tracking_artifact_keys WHERE id = 1";

    public static Task<string?> FindAsync(IReadSession session) => session.QuerySingleOrDefaultAsync<string>(Select);

    public static async Task<string> EnsureAsync(IWriteSession session, string value)
    {
        await session.ExecuteAsync(Insert, new { value });
        return (await FindAsync(session))!;
    }
}
