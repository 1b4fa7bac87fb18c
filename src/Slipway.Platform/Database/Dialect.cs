namespace Slipway.Platform.Database;

public enum DatabaseEngine
{
    Sqlite,
    PostgreSql,
}

/// <summary>The few places where the two databases differ. Everything else stays in the dialect they share.</summary>
public sealed record Dialect(DatabaseEngine Engine)
{
    public static Dialect Sqlite { get; } = new(DatabaseEngine.Sqlite);

    public static Dialect PostgreSql { get; } = new(DatabaseEngine.PostgreSql);

    /// <summary>Appended to a SELECT that claims rows: other claimers skip locked rows. Empty on SQLite, whose single writer makes it moot.</summary>
    public string ForUpdateSkipLocked => Engine == DatabaseEngine.PostgreSql ? " FOR UPDATE SKIP LOCKED" : "";
}
