using System.Globalization;

namespace Slipway.Cli.Archives;

/// <summary>Counts what was done, and says so every few seconds.</summary>
internal sealed class ImportProgress(TextWriter output, TimeProvider time, long total)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private long _said = time.GetTimestamp();

    public long Runs { get; set; }

    public long RunsSent { get; set; }

    public long Points { get; set; }

    public long Files { get; set; }

    public long Bytes { get; set; }

    /// <summary>Artifact roots that are not on this machine, and stay where they are.</summary>
    public long Elsewhere { get; set; }

    public void Say()
    {
        if (time.GetElapsedTime(_said) < Pause)
        {
            return;
        }

        _said = time.GetTimestamp();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Runs}{(total > 0 ? $" of {total}" : "")} runs, {Points} metric points, {Files} files ({Bytes / 1048576.0:0.0} MiB)"));
    }
}
