using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>
/// Starts worker processes, and leaves none behind: each is written down before it starts, those of a server that was killed are ended by the next one,
/// those of this one when it stops.
/// </summary>
internal sealed class WorkerHost(ComputeBackends backends, WorkloadLogs logs, ServingFolder folder, TimeProvider time) : IHostedService
{
    private readonly ConcurrentDictionary<string, IRunningWorkload> _running = new(StringComparer.Ordinal);
    private readonly Lazy<string> _program = new(() => Path.Combine(PythonRuntime.LayOut(folder.Python), "serve.py"));

    /// <summary>A traceback's end says what is wrong; the rest stands in the log.</summary>
    private const int LinesTold = 3;

    private const int LinesLookedAt = 30;
    private const int LongestWords = 300;

    private readonly Lock _lock = new();
    private string? _sockets;
    private int _number;
    private Task? _rescued;
    private volatile bool _stops;

    public string Program => _program.Value;

    /// <summary>The server stops: what ends now is not started again.</summary>
    public bool Stops => _stops;

    /// <summary>Workers that run now.</summary>
    public int Count => _running.Count;

    public string NewAttempt() => $"serve-{Id.New(time)}";

    public LogWriter OpenLog(string ns, string model, int place)
    {
        for (var again = 0; ; again++)
        {
            try
            {
                var name = again == 0 ? $"worker-{place}" : $"worker-{place}-{again}";
                return logs.Open(Path.Combine(folder.Logs, ns.Length == 0 ? "-" : ns, model, name), new LogLimits { MaxBytes = 8 << 20 });
            }
            catch (InvalidOperationException) when (again < 100)
            {
                // The same revision, loaded a second time while its first workers still finish.
            }
        }
    }

    /// <summary>The last that a worker said of what is wrong; empty when it said nothing.</summary>
    public async Task<string> LastWordsAsync(LogWriter log)
    {
        var words = new Queue<string>();
        await foreach (var line in logs.ReadAsync(log.Folder, await logs.TailOffsetAsync(log.Folder, LinesLookedAt, CancellationToken.None), follow: false, CancellationToken.None))
        {
            if (line.Stream == LogStream.Error && line.Text.Length > 0)
            {
                words.Enqueue(line.Text.Length > LongestWords ? line.Text[..LongestWords] : line.Text);
                if (words.Count > LinesTold)
                {
                    words.Dequeue();
                }
            }
        }

        return string.Join(" | ", words);
    }

    /// <summary>A socket that one worker will connect to, in a folder that only this user may enter.</summary>
    public (Socket Listener, string Path) Listen()
    {
        string path;
        lock (_lock)
        {
            _sockets ??= Directory.CreateTempSubdirectory("slipway-w").FullName;
            path = Path.Combine(_sockets, $"{_number++}");
        }

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            return (listener, path);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public async Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancellation)
    {
        await RescueAsync();
        Directory.CreateDirectory(folder.Workers);
        var mark = Path.Combine(folder.Workers, workload.Attempt);
        await File.WriteAllTextAsync(mark, new WorkloadMarker(ProcessBackend.BackendName, workload.Attempt).ToText(), cancellation);
        var started = await backends.Get(ProcessBackend.BackendName).Then(b => Result.From(b)).OrThrow().StartAsync(workload, log, cancellation);
        if (!started.TryGet(out var running, out _))
        {
            File.Delete(mark);
            return started;
        }

        _running[workload.Attempt] = running;
        _ = running.Completion.ContinueWith(
            _ =>
            {
                _running.TryRemove(workload.Attempt, out IRunningWorkload? _);
                File.Delete(mark);
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (_stops)
        {
            // It came after the others were ended.
            await running.KillAsync(TimeSpan.Zero);
        }

        return started;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stops = true;
        await Task.WhenAll(_running.Values.Select(r => r.KillAsync(TimeSpan.FromSeconds(2))));
        lock (_lock)
        {
            if (_sockets is not null && Directory.Exists(_sockets))
            {
                Directory.Delete(_sockets, recursive: true);
            }

            _sockets = null;
        }
    }

    private Task RescueAsync()
    {
        lock (_lock)
        {
            return _rescued ??= RescueOnceAsync();
        }
    }

    private async Task RescueOnceAsync()
    {
        if (!Directory.Exists(folder.Workers))
        {
            return;
        }

        var left = Directory.GetFiles(folder.Workers);
        var markers = left.Select(path => WorkloadMarker.Parse(File.ReadAllText(path)) ?? new WorkloadMarker(ProcessBackend.BackendName, Path.GetFileName(path))).ToArray();
        if (markers.Length > 0)
        {
            await backends.RescueAsync(markers, CancellationToken.None);
            Array.ForEach(left, File.Delete);
        }
    }
}
