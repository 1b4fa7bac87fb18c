using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Platform.Secrets;

namespace Slipway.Conformance;

/// <summary>
/// The real floor for one test: a temporary data folder, a migrated database, the event log, objects and leases. Everything is gone when it is disposed.
/// <c>await using var floor = await TestFloor.CreateAsync(modules: new ModuleMigrations("registry", typeof(RegistryModule).Assembly));</c>
/// </summary>
public sealed class TestFloor : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly IAsyncDisposable _database;
    private readonly StoredEventLog _events;

    private TestFloor(DatabaseUrl? url, TimeProvider time, int eventsInMemory)
    {
        Time = time;
        Url = url ?? new DatabaseUrl.Sqlite(_folder.File("slipway.db"));
        Feed = new EventFeed(eventsInMemory);
        (Database, _database) = Url switch
        {
            DatabaseUrl.PostgreSql postgres => Both(new PostgresDatabase(postgres, Feed, time)),
            DatabaseUrl.Sqlite sqlite => Both(new SqliteDatabase(sqlite.Path, Feed, time)),
            _ => throw new InvalidOperationException($"No database for {Url}."),
        };
        _events = new StoredEventLog(Database, Feed, time);
        Objects = new FileObjectStore(_folder.File("objects"), 1 << 30);
        Leases = new DatabaseLeases(Database, time);
        Secrets = SecretBox.Open(_folder.FullPath, null).OrThrow();
    }

    public string DataFolder => _folder.FullPath;

    public DatabaseUrl Url { get; }

    public IDatabase Database { get; }

    public IEventLog Events => _events;

    public IObjectStore Objects { get; }

    public ILeases Leases { get; }

    public SecretBox Secrets { get; }

    public TimeProvider Time { get; }

    public EventFeed Feed { get; }

    /// <param name="engine">PostgreSQL is a real server, started once per test process.</param>
    /// <param name="time">The system's clock when null; see <see cref="ManualTimeProvider"/>.</param>
    /// <param name="eventsInMemory">How many recent events followers find without reading the table.</param>
    /// <param name="modules">Whose migrations to apply after the floor's own.</param>
    public static async Task<TestFloor> CreateAsync(
        DatabaseEngine engine = DatabaseEngine.Sqlite, TimeProvider? time = null, int eventsInMemory = 8192,
        params IReadOnlyList<ModuleMigrations> modules)
    {
        var url = engine == DatabaseEngine.PostgreSql ? DatabaseUrl.Parse(await TestPostgres.CreateDatabaseAsync()).OrThrow() : null;
        return await OpenAsync(url, time, eventsInMemory, modules);
    }

    /// <summary>Opens a database that may exist already: a second replica, or the same one after a restart.</summary>
    public static async Task<TestFloor> OpenAsync(
        DatabaseUrl? url, TimeProvider? time = null, int eventsInMemory = 8192, params IReadOnlyList<ModuleMigrations> modules)
    {
        var floor = new TestFloor(url, time ?? TimeProvider.System, eventsInMemory);
        (await new Migrator(floor.Database, floor.Time).RunAsync([ModuleMigrations.Platform, .. modules], CancellationToken.None)).OrThrow();
        return floor;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static (IDatabase Database, IAsyncDisposable Disposable) Both<T>(T database)
        where T : IDatabase, IAsyncDisposable => (database, database);
}
