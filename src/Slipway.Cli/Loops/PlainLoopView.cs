using Slipway.Client.Loops;

namespace Slipway.Cli.Loops;

/// <summary>For logs and pipes: one line per event, nothing redrawn.</summary>
internal sealed class PlainLoopView(TextWriter output, LoopGuide? guide) : ILoopView
{
    private int _shown;

    public void Note(string line) => output.WriteLine(line);

    public void Show(LoopReport report)
    {
        foreach (var happened in report.Events.Skip(_shown))
        {
            if (guide?.Explain(happened.Kind) is { } explanation)
            {
                output.WriteLine();
                output.WriteLine($"  {explanation}");
            }

            output.WriteLine(LoopText.Event(happened));
        }

        _shown = Math.Max(_shown, report.Events.Count);
        output.Flush();
    }
}
