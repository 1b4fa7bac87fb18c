using System.Globalization;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary>Tells how far scoring has come, on the error stream, a line every few seconds.</summary>
internal sealed class ScoreProgress(CliContext cli)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private long _told = cli.Time.GetTimestamp();
    private long _started;
    private long _from = -1;

    public void Begin(string reference)
    {
        _started = cli.Time.GetTimestamp();
        cli.Error.WriteLine($"scoring with {reference}");
    }

    public void Report(BatchProgress progress)
    {
        if (_from < 0)
        {
            _from = progress.Done;
            if (progress.Done > 0)
            {
                cli.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"going on after {progress.Done:N0} of {progress.Rows:N0} rows"));
            }
        }

        if (cli.Time.GetElapsedTime(_told) < Every)
        {
            return;
        }

        _told = cli.Time.GetTimestamp();
        var seconds = Math.Max(cli.Time.GetElapsedTime(_started).TotalSeconds, 1e-3);
        var rate = (progress.Done - _from) / seconds;
        cli.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{progress.Done:N0} of {progress.Rows:N0} rows ({100.0 * progress.Done / progress.Rows:0.0} %), {rate:N0} rows/s"));
    }

    public void Wait(Problem problem, TimeSpan pause) =>
        cli.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"waiting {pause.TotalSeconds:0.#} s: {problem.Message.ReplaceLineEndings(" ")}"));
}
