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

    /// <summary>The files of a log; none when this server has not written it.</summary>
    public IReadOnlyList<string> FilesOf(string run, string task, long attempt) =>
        Directory.Exists(FolderOf(run, task, attempt)) ? Directory.GetFiles(FolderOf(run, task, attempt), "*.log") : [];

    /// <summary>Puts a file that another server wrote in its place, whole or not at all.</summary>
    public async Task PutAsync(string run, string task, long attempt, string name, Stream content, CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(FolderOf(run, task, attempt)).FullName;
        var part = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            await using (var file = File.Create(part))
            {
                await content.CopyToAsync(file, cancellation);
            }

            File.Move(part, Path.Combine(folder, Path.GetFileName(name)), overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

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
