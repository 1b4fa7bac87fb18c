using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;
using Slipway.Conformance;

namespace Slipway.Bench.Tracking;

/// <summary>
/// <c>postgres [RUNS] [POINTS]</c>: one experiment of a million runs, each with two metrics, two parameters and two tags, and so many points of one of the metrics.
/// The rows are made inside PostgreSQL; then the server is asked as MLflow's clients and pages ask.
/// </summary>
internal static class ManyRuns
{
    // Numbers far above what the server gave out itself.
    private const long First = 10_000_000;

    private static readonly string[] Statements =
    [
        """
        INSERT INTO tracking_experiments (number, namespace, id, name, lifecycle, artifact_location, created, updated)
        VALUES (1000000, 'default', '1000000', 'a million runs', 'active', 'mlflow-artifacts:/1000000', 1, 1)
        """,
        """
        INSERT INTO tracking_runs (number, namespace, id, experiment, name, status, lifecycle, user_name, started, finished, deleted)
        SELECT @first + i, 'default', lpad(to_hex(i), 32, '0'), 1000000, 'run ' || i, 'FINISHED', 'active', 'ann', 1700000000000000 + i::bigint * 1000000, 1700000000000000 + i::bigint * 1000000 + 5000000, NULL
        FROM generate_series(1, @runs) i
        """,
        """
        INSERT INTO tracking_metrics (series, run, experiment, key, step, time, value, is_nan)
        SELECT @first + i * 2 + k, @first + i, 1000000, CASE k WHEN 0 THEN 'acc' ELSE 'loss' END, @points, 1700000000000000, random(), 0
        FROM generate_series(1, @runs) i, generate_series(0, 1) k
        """,
        """
        INSERT INTO tracking_params (run, key, value)
        SELECT @first + i, k, CASE k WHEN 'lr' THEN '0.' || (i % 100) ELSE (i % 10)::text END FROM generate_series(1, @runs) i, unnest(ARRAY['depth', 'lr']) k
        """,
        """
        INSERT INTO tracking_tags (run, key, value)
        SELECT @first + i, k, CASE k WHEN 'team' THEN (ARRAY['red', 'blue', 'green'])[1 + i % 3] ELSE 'run ' || i END FROM generate_series(1, @runs) i, unnest(ARRAY['mlflow.runName', 'team']) k
        """,
        """
        INSERT INTO tracking_points (series, time, step, value, is_nan)
        SELECT @first + i * 2 + 1, 1700000000000000 + p::bigint * 1000000, p, 1.0 / p, 0 FROM generate_series(1, @runs) i, generate_series(1, @points) p
        """,

        // What autovacuum does by itself within a minute of such a load.
        "ANALYZE",
    ];

    public static async Task RunAsync(string[] args)
    {
        var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        var points = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 100;
        using var data = new TempFolder();
        var url = await TestPostgres.CreateDatabaseAsync();
        var port = SlipwayProgram.FreePort();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/2.0/mlflow/") };
        using var root = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        await using var server = SlipwayProgram.Start("up", "--data", data.FullPath, "--port", $"{port}", "--db", url);
        await server.ReadyAsync(root, TimeProvider.System, CancellationToken.None);

        var started = Stopwatch.GetTimestamp();
        var bytes = await FillAsync(url, runs, points);
        Console.WriteLine($"{runs:N0} runs and {(long)runs * points:N0} points in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, {bytes / 1048576:N0} MiB in PostgreSQL");
        Console.WriteLine($"memory (RSS) before: {Load.ResidentMegabytes(server.Id):F0} MB");
        Console.WriteLine("| call | connections | requests/s | p50 ms | p99 ms | CPU ms/request | KiB/answer |\n|---|---|---|---|---|---|---|");
        var load = new Load(http, server.Id);
        foreach (var (what, more) in Searches)
        {
            await load.RunAsync(what, 1, 40, () => Search(more));
        }

        await load.RunAsync("filter and order by a metric", 8, 200, () => Search(Searches[0].More));
        var run = 77.ToString("x32", CultureInfo.InvariantCulture);
        await load.RunAsync("runs/get", 1, 200, () => new HttpRequestMessage(HttpMethod.Get, $"runs/get?run_id={run}"));
        await load.RunAsync("metrics/get-history", 1, 200, () => new HttpRequestMessage(HttpMethod.Get, $"metrics/get-history?run_id={run}&metric_key=loss&max_results=25000"));
        await load.RunAsync("search of experiments", 1, 100, () => Post("experiments/search", """{"max_results": 100}"""));
        Console.WriteLine($"memory (RSS) after all that: {Load.ResidentMegabytes(server.Id):F0} MB");
    }

    private static readonly (string What, string More)[] Searches =
    [
        ("filter and order by a metric", """ "filter": "metrics.loss < 0.5", "order_by": ["metrics.acc DESC"] """),
        ("1 run in 10,000 passes the filter", """ "filter": "metrics.loss < 0.0001", "order_by": ["metrics.acc DESC"] """),
        ("metric, parameter and tag", """ "filter": "metrics.acc > 0.5 AND params.lr = '0.7' AND tags.team = 'red'" """),
        ("the same, by another metric", """ "filter": "metrics.acc > 0.5 AND params.lr = '0.7' AND tags.team = 'red'", "order_by": ["metrics.loss ASC"] """),
        ("by name", """ "filter": "attributes.run_name = 'run 777'" """),
        ("newest first", """ "order_by": ["start_time DESC"] """),
    ];

    private static HttpRequestMessage Search(string more) => Post("runs/search", $$"""{"experiment_ids": ["1000000"], "max_results": 100, {{more}}}""");

    private static HttpRequestMessage Post(string path, string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
    }

    [SuppressMessage("Security", "CA2100", Justification = "The texts are those above.")]
    private static async Task<long> FillAsync(string url, int runs, int points)
    {
        var address = new Uri(url);
        await using var connection = new NpgsqlConnection(
            $"Host={address.Host};Port={address.Port};Username={address.UserInfo};Database={address.AbsolutePath.Trim('/')};Command Timeout=0");
        await connection.OpenAsync();
        foreach (var statement in Statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            (string Name, object Value)[] values = [("first", First), ("runs", runs), ("points", points)];
            foreach (var (name, value) in values.Where(v => statement.Contains($"@{v.Name}", StringComparison.Ordinal)))
            {
                command.Parameters.AddWithValue(name, value);
            }

            await command.ExecuteNonQueryAsync();
        }

        await using var size = new NpgsqlCommand("SELECT pg_database_size(current_database())", connection);
        return (long)(await size.ExecuteScalarAsync())!;
    }
}
