using Slipway.Engines.DuckDb;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Payloads;

/// <summary>DuckDB over the payload folder and nothing else: opened when first needed.</summary>
internal sealed class PayloadEngine(PayloadFolder folder) : IDisposable
{
    private readonly Lazy<Result<DuckDbDatabase>> _database = new(() =>
    {
        Directory.CreateDirectory(folder.Temporary);
        return DuckDbDatabase.Open(new DuckDbOptions { MemoryLimit = "512MB", Threads = 2, TempDirectory = folder.Temporary, OnlyFolders = [folder.Root] });
    });

    /// <summary>Runs one statement on the thread pool; gives how many rows it wrote.</summary>
    public Task<Result<long>> ExecuteAsync(string sql, CancellationToken cancellation) => Task.Run(
        () =>
        {
            if (!_database.Value.TryGet(out var database, out var problem))
            {
                return problem;
            }

            using var connection = database.Connect();
            return connection.Execute(sql, cancellation);
        },
        cancellation);

    public void Dispose()
    {
        if (_database is { IsValueCreated: true, Value.Succeeded: true })
        {
            _database.Value.Value.Dispose();
        }
    }

    /// <summary>A list of texts in SQL.</summary>
    public static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(DuckDbText.Literal))}]";
}
