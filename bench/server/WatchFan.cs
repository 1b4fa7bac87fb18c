using System.Diagnostics;

namespace Slipway.Bench.Server;

/// <summary>Many watches on one kind: the time from the first write until the last watcher has the last event.</summary>
internal static class WatchFan
{
    public static async Task<(long Delivered, TimeSpan Elapsed)> RunAsync(
        HttpClient client, int watchers, int events, Func<string, CancellationToken, Task> createAsync)
    {
        var open = new CountdownEvent(watchers);
        var version = await VersionAsync(client);
        var watching = Enumerable.Range(0, watchers).Select(_ => WatchAsync(client, version, events, open)).ToArray();
        await Task.Run(open.Wait);
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, events), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellation) => await createAsync($"fan-{i}", cancellation));
        var delivered = await Task.WhenAll(watching);
        var elapsed = Stopwatch.GetElapsedTime(started);
        open.Dispose();
        return (delivered.Sum(), elapsed);
    }

    private static async Task<string> VersionAsync(HttpClient client)
    {
        var list = await client.GetStringAsync(new Uri("api/v1/namespaces/default/configmaps?limit=1", UriKind.Relative));
        return System.Text.Json.Nodes.JsonNode.Parse(list)!["metadata"]!["resourceVersion"]!.GetValue<string>();
    }

    private static async Task<long> WatchAsync(HttpClient client, string version, int events, CountdownEvent open)
    {
        var path = $"api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=120&resourceVersion={version}";
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        open.Signal();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        long seen = 0;
        while (seen < events && await lines.ReadLineAsync() is { } line)
        {
            seen += line.Contains("\"ADDED\"", StringComparison.Ordinal) ? 1 : 0;
        }

        return seen;
    }
}
