using Slipway.Compute.Logs;

namespace Slipway.Conformance;

/// <summary>A workload's log for one test: written by the backend, read by its lines.</summary>
public sealed class LinesOf : IDisposable
{
    private static int s_logs;
    private readonly WorkloadLogs _logs = new(TimeProvider.System);

    public LinesOf(TempFolder folder, LogLimits? limits = null)
    {
        Path = folder.File($"log-{Interlocked.Increment(ref s_logs)}");
        Writer = _logs.Open(Path, limits);
    }

    public string Path { get; }

    public LogWriter Writer { get; }

    public IReadOnlyList<LogLine> All => _logs.ReadAsync(Path, 0, follow: false, CancellationToken.None).ToBlockingEnumerable().ToList();

    public IReadOnlyList<string> Output => [.. All.Where(l => l.Stream == LogStream.Output).Select(l => l.Text)];

    public IReadOnlyList<string> Error => [.. All.Where(l => l.Stream == LogStream.Error).Select(l => l.Text)];

    public IReadOnlyList<string> System => [.. All.Where(l => l.Stream == LogStream.System).Select(l => l.Text)];

    /// <summary>Done when that line was printed; fails when the log ends without it, or after 30 s.</summary>
    public async Task WaitForAsync(string line)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var read in _logs.ReadAsync(Path, 0, follow: true, limit.Token))
        {
            if (read.Text == line)
            {
                return;
            }
        }

        Assert.Fail($"The log ended without \"{line}\"");
    }

    public void Dispose() => Writer.Dispose();
}
