using Slipway.Compute.Logs;

namespace Slipway.Pipelines.Logs;

/// <summary>Logs of attempts: one folder each in the data folder, written while the attempt runs, read live or long after, removed with the run.</summary>
internal sealed class RunLogs(WorkloadLogs logs, PipelinesOptions options)
{
    public LogWriter Open(string run, string task, long attempt) => logs.Open(FolderOf(run, task, attempt), new LogLimits { MaxBytes = options.LogBytes });

    public IAsyncEnumerable<LogLine> ReadAsync(string run, string task, long attempt, long from, bool follow, CancellationToken cancellation) =>
        logs.ReadAsync(FolderOf(run, task, attempt), from, follow, cancellation);

    public Task<long> TailOffsetAsync(string run, string task, long attempt, int lines, CancellationToken cancellation) =>
        logs.TailOffsetAsync(FolderOf(run, task, attempt), lines, cancellation);

    public void Remove(string run)
    {
        var folder = Path.Combine(options.LogsFolder, run);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string FolderOf(string run, string task, long attempt) => Path.Combine(options.LogsFolder, run, $"{task}-{attempt}");
}
