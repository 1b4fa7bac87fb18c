namespace Slipway.Platform.Database;

internal sealed record AppliedMigration(string Module, long Number, string Name, string Checksum);

internal static class MigrationStore
{
    private const string Create = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            module TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied BIGINT NOT NULL,
            PRIMARY KEY (module, number))
        """;

    private const string SelectAll = "SELECT module, number, name, checksum FROM schema_migrations ORDER BY module, number";
    private const string SelectOne = "SELECT module, number, name, checksum FROM schema_migrations WHERE module = @module AND number = @number";

    private const string Insert =
        "INSERT INTO schema_migrations (module, number, name, checksum, applied) VALUES (@Module, @Number, @Name, @Checksum, @applied)";

    public static Task CreateAsync(IWriteSession session) => session.ExecuteAsync(Create);

    public static Task<IReadOnlyList<AppliedMigration>> AppliedAsync(IReadSession session) => session.QueryAsync<AppliedMigration>(SelectAll);

    public static Task<AppliedMigration?> FindAsync(IReadSession session, string module, long number) =>
        session.QuerySingleOrDefaultAsync<AppliedMigration>(SelectOne, new { module, number });

    public static Task RecordAsync(IWriteSession session, Migration m, DateTimeOffset applied) =>
        session.ExecuteAsync(Insert, new { m.Module, m.Number, m.Name, m.Checksum, applied });
}
