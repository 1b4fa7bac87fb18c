using System.Data.Common;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Tests.Runs;

/// <summary>
/// A page of a search sorted by a metric reads the metric's values in order and stops; sorting all that match first took 12 to 25 times as long at 10,000 runs.
/// With fresh statistics the planner knows that there are few experiments, and must not begin with them.
/// </summary>
public sealed class SearchPlanTests
{
    private const string SortsAll = "USE TEMP B-TREE FOR ORDER BY";

    [Theory]
    [InlineData("metrics.loss < 0.5", "metrics.acc DESC")]
    [InlineData("metrics.acc > 0.5 AND params.lr = '0.1' AND tags.team = 'red'", null)]
    [InlineData(null, null)]
    public async Task OnePageOfOneExperiment_StandsOnAnIndex_WithFreshStatistics(string? filter, string? order)
    {
        await using var host = await TrackingHost.StartAsync();
        var experiment = long.Parse(await host.Mlflow.ExperimentAsync("plans"), System.Globalization.CultureInfo.InvariantCulture);
        var number = await host.Floor.Database.ReadAsync((session, _) => ExperimentStore.NumbersAsync(session, "default", [$"{experiment}"]), default);
        await SeedAsync(host, number[0]);
        var query = new RunQuery(number, Lifecycle.Active, SearchFilter.Parse(filter).OrThrow(), SearchOrder.Parse(order is null ? [] : [order]).OrThrow());

        var plan = await host.Floor.Database.ReadAsync(
            async (session, _) =>
            {
                var explaining = new Explaining(session);
                if (order is null)
                {
                    await RunSearchStore.SearchAsync(explaining, query, null, 0, 101);
                }
                else
                {
                    await RunSearchStore.SearchByMetricAsync(explaining, query, default, 101);
                }

                return explaining.Plans[0];
            },
            default);

        Assert.DoesNotContain(plan, step => step == SortsAll);
        Assert.Contains(plan, step => step.Contains(order is null ? "tracking_runs_by_experiment" : "tracking_metrics_by_value", StringComparison.Ordinal));
    }

    private static async Task SeedAsync(TrackingHost host, long experiment) => (await host.Floor.Database.WriteAsync<int>(
        async (session, _) =>
        {
            const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)";
            await session.ExecuteAsync(
                $"""
                INSERT INTO tracking_runs (number, namespace, id, experiment, name, status, lifecycle, user_name, started, finished, deleted)
                {Numbers} SELECT i, 'default', 'r' || i, {experiment}, 'run', 'RUNNING', 'active', '', i, NULL, NULL FROM n
                """);
            await session.ExecuteAsync(
                $"""
                INSERT INTO tracking_metrics (series, run, experiment, key, step, time, value, is_nan)
                {Numbers} SELECT i * 2, i, {experiment}, 'acc', 1, 1, i / 2000.0, 0 FROM n UNION ALL SELECT i * 2 + 1, i, {experiment}, 'loss', 1, 1, i / 2000.0, 0 FROM n
                """);
            await session.ExecuteAsync($"INSERT INTO tracking_params (run, key, value) {Numbers} SELECT i, 'lr', '0.1' FROM n");
            await session.ExecuteAsync($"INSERT INTO tracking_tags (run, key, value) {Numbers} SELECT i, 'team', 'red' FROM n");
            return await session.ExecuteAsync("ANALYZE");
        },
        default)).OrThrow();

    /// <summary>Asks SQLite how it would answer, instead of for the answer.</summary>
    private sealed class Explaining(IReadSession inner) : IReadSession
    {
        public List<IReadOnlyList<string>> Plans { get; } = [];

        public Dialect Dialect => inner.Dialect;

        public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
        {
            var steps = new List<string>();
            await inner.ScanAsync("EXPLAIN QUERY PLAN " + sql, parameters, row => steps.Add(row.GetString(3)));
            Plans.Add(steps);
            return [];
        }

        public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters = null) => throw new NotSupportedException();

        public IAsyncEnumerable<T> StreamAsync<T>(string sql, object? parameters = null) => throw new NotSupportedException();

        public Task<int> ScanAsync(string sql, object? parameters, Action<DbDataReader> row) => throw new NotSupportedException();
    }
}
