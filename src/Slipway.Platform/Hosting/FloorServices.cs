using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;
using Slipway.Platform.Objects;
using Slipway.Platform.Secrets;

namespace Slipway.Platform.Hosting;

public static class FloorServices
{
    /// <summary>
    /// The metadata database, event log, object store, leases, controller runtime and clock. Nothing is opened before it is asked for; call
    /// <see cref="Floor.StartAsync"/> before the first request. Throws <see cref="ProblemException"/> with every fault of the options.
    /// </summary>
    public static IServiceCollection AddFloor(this IServiceCollection services, FloorOptions options)
    {
        var resolved = options.Resolve().OrThrow();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => DataFolder.Open(resolved.DataFolder).OrThrow());
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<DataFolder>();
            return SecretBox.Open(resolved.DataFolder, options.SecretKey).OrThrow();
        });
        services.AddSingleton<EventFeed>();
        services.AddSingleton(provider => OpenDatabase(provider, resolved.Database));
        services.AddSingleton<IEventLog, StoredEventLog>();
        services.AddSingleton<DatabaseLeases>();
        services.AddSingleton<ILeases>(provider => provider.GetRequiredService<DatabaseLeases>());
        services.AddSingleton<Migrator>();
        services.AddSingleton(provider => new Floor(
            provider.GetRequiredService<IDatabase>(), provider.GetRequiredService<DatabaseLeases>(), provider.GetRequiredService<Migrator>()));
        services.AddSingleton<IObjectStore>(provider =>
        {
            _ = provider.GetRequiredService<DataFolder>();
            return new FileObjectStore(resolved.ObjectsFolder, options.MostObjectBytes);
        });
        services.AddSingleton(new ControllerOptions { Workers = options.ControllerWorkers });
        services.AddHostedService<ControllerRuntime>();
        services.AddHostedService<ReplicaRuntime>();
        return services;
    }

    private static IDatabase OpenDatabase(IServiceProvider provider, DatabaseUrl url)
    {
        // The folder first: a second server must be refused before it touches the file.
        _ = provider.GetRequiredService<DataFolder>();
        var (feed, time) = (provider.GetRequiredService<EventFeed>(), provider.GetRequiredService<TimeProvider>());
        return url switch
        {
            DatabaseUrl.Sqlite sqlite => new SqliteDatabase(sqlite.Path, feed, time),
            DatabaseUrl.PostgreSql postgres => new PostgresDatabase(postgres, feed, time),
            _ => throw new InvalidOperationException($"No database for {url}."),
        };
    }
}

/// <summary>Opens the floor when the program starts.</summary>
public sealed class Floor
{
    private readonly IDatabase _database;
    private readonly DatabaseLeases _leases;
    private readonly Migrator _migrator;

    internal Floor(IDatabase database, DatabaseLeases leases, Migrator migrator) => (_database, _leases, _migrator) = (database, leases, migrator);

    /// <summary>Takes the data folder, migrates the floor's and the modules' tables, and frees what a killed predecessor held.</summary>
    /// <returns>How many migrations were applied.</returns>
    public async Task<Result<int>> StartAsync(IEnumerable<ModuleMigrations> modules, CancellationToken cancellation)
    {
        var migrated = await _migrator.RunAsync([ModuleMigrations.Platform, .. modules], cancellation);
        if (migrated.Succeeded && _database.Dialect.Engine == DatabaseEngine.Sqlite)
        {
            var freed = await _leases.EndAllAsync(cancellation);
            return freed.Succeeded ? migrated : freed.Problem;
        }

        return migrated;
    }
}
