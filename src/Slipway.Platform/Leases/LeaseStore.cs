using Slipway.Platform.Database;

namespace Slipway.Platform.Leases;

internal sealed record LeaseRow(string Name, string Holder, long Token, DateTimeOffset Until);

internal static class LeaseStore
{
    private const string Select = "SELECT name, holder, token, until FROM leases WHERE name = @name";

    private const string Put = """
        INSERT INTO leases (name, holder, token, until) VALUES (@Name, @Holder, @Token, @Until)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token, until = excluded.until
        """;

    private const string End = "UPDATE leases SET until = 0 WHERE name = @Name AND holder = @Holder AND token = @Token AND until > @now";
    private const string EndAll = "UPDATE leases SET until = 0 WHERE until <> 0";

    public static Task<LeaseRow?> FindAsync(IReadSession session, string name) => session.QuerySingleOrDefaultAsync<LeaseRow>(Select, new { name });

    public static Task PutAsync(IWriteSession session, Lease lease) =>
        session.ExecuteAsync(Put, new { lease.Name, lease.Holder, lease.Token, lease.Until });

    public static Task<int> EndAsync(IWriteSession session, Lease lease, DateTimeOffset now) =>
        session.ExecuteAsync(End, new { lease.Name, lease.Holder, lease.Token, now });

    public static Task<int> EndAllAsync(IWriteSession session) => session.ExecuteAsync(EndAll);
}
