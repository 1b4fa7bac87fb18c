using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Ids;

namespace Slipway.Serving.Payloads;

/// <summary>
/// Makes Parquet files of sealed spools, one at a time, and removes files that are too old. A file appears under its name when it is whole and on
/// disk; only then its spool goes. Whoever reads holds the folder, so that no file goes while it is read.
/// </summary>
internal sealed class ParquetPacker(
    PayloadFolder folder, PayloadEngine engine, PayloadUploader uploader, PayloadMetrics metrics, ServingOptions options, TimeProvider time, ILogger<ParquetPacker> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly Channel<string?> _sealed = Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private ITimer? _sweeps;

    public void Add(string spool) => _sealed.Writer.TryWrite(spool);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Recover();
        _loop = Task.Run(LoopAsync, CancellationToken.None);
        _sweeps = time.CreateTimer(_ => _sealed.Writer.TryWrite(null), null, TimeSpan.Zero, SweepEvery);
        return Task.CompletedTask;
    }

    /// <summary>Packs what is sealed, as long as the host waits; the rest is packed at the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _sweeps?.Dispose();
        _sealed.Writer.TryComplete();
        await using (cancellationToken.Register(_stop.Cancel))
        {
            await _loop;
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
    }

    private void Recover()
    {
        try
        {
            if (Directory.Exists(folder.Temporary))
            {
                Directory.Delete(folder.Temporary, recursive: true);
            }

            foreach (var active in folder.Active().ToArray())
            {
                PayloadSpool.Recover(active);
            }

            foreach (var spool in folder.Sealed())
            {
                Add(spool);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogError(e, "What an earlier server left of payloads could not be taken up");
        }
    }

    private async Task LoopAsync()
    {
        await foreach (var spool in _sealed.Reader.ReadAllAsync())
        {
            try
            {
                if (spool is null)
                {
                    await SweepAsync();
                }
                else
                {
                    await PackAsync(spool);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.LogError(e, "Payload files could not be written; the rows stay in {Path} and are read from there", spool);
            }
        }
    }

    private async Task PackAsync(string spool)
    {
        var target = folder.ParquetOf(spool);
        if (!File.Exists(target))
        {
            Directory.CreateDirectory(folder.Temporary);
            var made = Path.Combine(folder.Temporary, Id.New(time) + ".parquet");
            var (lines, longest) = Measure(spool);
            var sql = $"COPY ({PayloadColumns.FromSpools(PayloadEngine.List([spool]), longest)} ORDER BY time, id) TO {DuckDbText.Literal(made)} (FORMAT parquet, COMPRESSION zstd)";
            if (!(await engine.ExecuteAsync(sql, _stop.Token)).TryGet(out var rows, out var problem))
            {
                log.LogError("Payloads could not be packed: {Problem}; the rows stay in {Path} and are read from there", problem.Message, spool);
                File.Delete(made);
                return;
            }

            var key = folder.KeyOf(spool);
            if (rows < lines)
            {
                log.LogError("{Lines} lines of {Path} are damaged and were left out", lines - rows, spool);
                metrics.OnKeptShed([new("namespace", key.Namespace), new("model", key.Service)], (int)(lines - rows), "damaged");
            }

            using (var written = new FileStream(made, FileMode.Open, FileAccess.ReadWrite))
            {
                written.Flush(flushToDisk: true);
            }

            using (await folder.HoldAsync(_stop.Token))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(made, target);
            }

            metrics.OnFile(key.Namespace, key.Service);
        }

        using (await folder.HoldAsync(_stop.Token))
        {
            File.Delete(spool);
        }

        uploader.Add(PayloadFolder.DestinationOf(spool));
    }

    /// <summary>How many lines it has, and how long the longest is.</summary>
    private static (long Lines, long Longest) Measure(string path)
    {
        var (lines, longest, length) = (0L, 1L << 16, 0L);
        var chunk = new byte[64 << 10];
        using var file = File.OpenRead(path);
        int read;
        while ((read = file.Read(chunk)) > 0)
        {
            foreach (var b in chunk.AsSpan(0, read))
            {
                length++;
                if (b == '\n')
                {
                    (lines, longest, length) = (lines + 1, Math.Max(longest, length), 0);
                }
            }
        }

        return (lines, longest + 1);
    }

    private async Task SweepAsync()
    {
        if (options.Payloads.PayloadRetentionDays == 0)
        {
            return;
        }

        var first = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-options.Payloads.PayloadRetentionDays);
        // What still waits to be uploaded has never been anywhere else.
        foreach (var (_, path) in folder.Days().Where(d => d.Key.Day < first && !folder.IsAwaited(d.Key.Namespace, d.Key.Service, d.Key.Day)).ToArray())
        {
            using (await folder.HoldAsync(_stop.Token))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }
}
