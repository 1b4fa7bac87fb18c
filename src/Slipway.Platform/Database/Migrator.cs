using Slipway.Kernel.Problems;

namespace Slipway.Platform.Database;

/// <summary>
/// Brings the database to the shape that the program's modules expect: forward only, in order, each migration in one transaction together with the
/// row that records it, so that a crash leaves it either done or to be done. The writer's lock keeps replicas from migrating at once: whoever
/// comes second finds the rows and does nothing.
/// </summary>
public sealed class Migrator(IDatabase database, TimeProvider time)
{
    /// <returns>How many were applied; a problem names the migration that was changed, or that this program does not know.</returns>
    public async Task<Result<int>> RunAsync(IEnumerable<ModuleMigrations> modules, CancellationToken cancellation)
    {
        var made = await database.WriteAsync(async (session, _) => { await MigrationStore.CreateAsync(session); return Result.Ok; }, cancellation);
        if (!made.Succeeded)
        {
            return made.Problem;
        }

        var applied = await database.ReadAsync((session, _) => MigrationStore.AppliedAsync(session), cancellation);
        var count = 0;
        foreach (var module in modules)
        {
            var known = Migration.In(module);
            if (Disagreement(module.Module, known, applied) is { } problem)
            {
                return problem;
            }

            foreach (var migration in known.Where(m => !applied.Any(a => a.Module == m.Module && a.Number == m.Number)))
            {
                var done = await ApplyAsync(migration, cancellation);
                if (!done.TryGet(out var here, out var failure))
                {
                    return failure;
                }

                count += here ? 1 : 0;
            }
        }

        return count;
    }

    private static Problem? Disagreement(string module, IReadOnlyList<Migration> known, IReadOnlyList<AppliedMigration> applied)
    {
        foreach (var row in applied.Where(a => a.Module == module))
        {
            var mine = known.FirstOrDefault(m => m.Number == row.Number);
            if (mine is null)
            {
                return Problem.Conflict(
                    $"the database has the migration {module}/{row.Number:0000}_{row.Name}, which this program does not know: it was used by a newer Slipway; start that one");
            }

            if (mine.Checksum != row.Checksum)
            {
                return Changed(mine);
            }
        }

        return null;
    }

    private static Problem Changed(Migration migration) => Problem.Conflict(
        $"the migration {migration} was changed after it had been applied: put its text back and make the change in a new migration");

    private Task<Result<bool>> ApplyAsync(Migration migration, CancellationToken cancellation) => database.WriteAsync<bool>(
        async (session, _) =>
        {
            // Another replica may have been here since the list was read.
            if (await MigrationStore.FindAsync(session, migration.Module, migration.Number) is { } row)
            {
                return row.Checksum == migration.Checksum ? false : Changed(migration);
            }

            await session.ExecuteAsync(session.Dialect.Migrate(migration.Sql));
            await MigrationStore.RecordAsync(session, migration, time.GetUtcNow());
            return true;
        },
        cancellation);
}
