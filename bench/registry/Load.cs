using System.Diagnostics;
using System.Globalization;

namespace Slipway.Bench.Registry;

/// <summary>Sends the same kind of request over some connections and prints what it took, the server's processor time included.</summary>
internal sealed class Load(HttpClient http, int server)
{
    // In /proc: user and kernel time in hundredths of a second.
    private const double TicksPerSecond = 100;

    public async Task RunAsync(string what, int connections, int count, Func<HttpRequestMessage> request)
    {
        for (var i = 0; i < Math.Max(connections, count / 20); i++)
        {
            await SendAsync(request);
        }

        var (times, bytes) = (new double[count], 0L);
        var (cpu, started) = (ProcessorSeconds(server), Stopwatch.GetTimestamp());
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = connections }, async (i, _) =>
        {
            var sent = Stopwatch.GetTimestamp();
            Interlocked.Add(ref bytes, await SendAsync(request));
            times[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        });
        var (elapsed, used) = (Stopwatch.GetElapsedTime(started).TotalSeconds, ProcessorSeconds(server) - cpu);
        Array.Sort(times);
        Console.WriteLine(
            $"| {what} | {connections} | {count / elapsed:F0} | {times[count / 2]:F2} | {times[count * 99 / 100]:F2} | {used * 1000 / count:F2} | {bytes / 1024.0 / count:F1} |");
    }

    public static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static double ProcessorSeconds(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat").Split(") ", 2)[1].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private async Task<long> SendAsync(Func<HttpRequestMessage> request)
    {
        using var message = request();
        using var answer = await http.SendAsync(message);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
    }
}
