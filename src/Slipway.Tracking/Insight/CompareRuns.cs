using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Insight;

/// <summary>
/// <c>GET /run-comparison?run=A&amp;run=B&amp;only=differences</c> -> {runs, parameters, metrics, tags}: for each key the value of every run, in the order asked;
/// null where a run has none.
/// </summary>
internal static class CompareRuns
{
    private const int MostRuns = 200;

    public static void Map(IEndpointRouteBuilder group) => group.MapGet("/run-comparison", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(HttpRequest request, string ns, string? only, IDatabase database, CancellationToken cancellation)
    {
        string[] ids = [.. request.Query["run"].OfType<string>()];
        Fault?[] faults =
        [
            RunRules.Namespace(ns),
            ids.Length is < 2 or > MostRuns ? new Fault("run", $"is given {ids.Length} times; name 2 to {MostRuns} runs") : null,
            .. ids.Select(RunRules.RunId),
            only is null or "differences" ? null : new Fault("only", "is neither absent nor 'differences'"),
        ];
        if (faults.Any(f => f is not null))
        {
            return Problem.Invalid([.. faults.OfType<Fault>()]).ToAnswer();
        }

        return (await database.ReadAsync((session, _) => CompareAsync(session, ns, ids, only is not null), cancellation))
            .ToAnswer(comparison => Results.Json(comparison, TrackingJson.Default.RunComparison));
    }

    private static async Task<Result<RunComparison>> CompareAsync(IReadSession session, string ns, string[] ids, bool differences)
    {
        var found = await RunStore.FindManyAsync(session, ns, ids);
        if (ids.FirstOrDefault(id => !found.ContainsKey(id)) is { } missing)
        {
            return Problem.NotFound($"run {missing} in namespace {ns}");
        }

        var numbers = ids.Select(id => found[id].Number).ToArray();
        var (values, tags, metrics) = (
            await ValueStore.ParamsAsync(session, numbers), await ValueStore.TagsAsync(session, numbers), await MetricStore.LatestAsync(session, numbers));
        return new RunComparison(
            [.. ids.Select(id => found[id].ToSummary())],
            Table(numbers, n => values[n], differences),
            Table(numbers, n => metrics[n].Select(m => KeyValuePair.Create(m.Key, (double?)m.Shown)), differences),
            Table(numbers, n => tags[n], differences));
    }

    private static SortedDictionary<string, IReadOnlyList<T?>> Table<T>(
        long[] runs, Func<long, IEnumerable<KeyValuePair<string, T>>> of, bool differences)
    {
        var rows = new SortedDictionary<string, T?[]>(StringComparer.Ordinal);
        for (var i = 0; i < runs.Length; i++)
        {
            foreach (var (key, value) in of(runs[i]))
            {
                if (!rows.TryGetValue(key, out var row))
                {
                    rows[key] = row = new T?[runs.Length];
                }

                row[i] = value;
            }
        }

        var table = new SortedDictionary<string, IReadOnlyList<T?>>(StringComparer.Ordinal);
        foreach (var (key, row) in rows.Where(r => !differences || r.Value.Distinct().Skip(1).Any()))
        {
            table[key] = row;
        }

        return table;
    }
}
