using Slipway.Engines.DuckDb;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tables;

/// <summary>The analytics engine of this process: opened when first needed, so that an idle server does not pay for it.</summary>
internal sealed class Analytics(DataOptions options) : IDisposable
{
    private readonly Lazy<Result<DuckDbDatabase>> _database = new(() => DuckDbDatabase.Open(new DuckDbOptions
    {
        MemoryLimit = options.MemoryLimit, Threads = options.Threads, TempDirectory = options.TempFolder,
    }));

    /// <summary>Runs on the thread pool with a connection of its own.</summary>
    public async Task<Result<T>> UseAsync<T>(Func<DuckDbConnection, Result<T>> work, CancellationToken cancellation) =>
        await Task.Run(
            () =>
            {
                if (!_database.Value.TryGet(out var database, out var problem))
                {
                    return problem;
                }

                using var connection = database.Connect();
                return work(connection);
            },
            cancellation);

    public void Dispose()
    {
        if (_database is { IsValueCreated: true, Value.Succeeded: true })
        {
            _database.Value.Value.Dispose();
        }
    }
}
