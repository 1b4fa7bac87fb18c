using Slipway.Client.Loops;

namespace Slipway.Cli.Loops;

/// <summary>Where a running loop is shown.</summary>
internal interface ILoopView
{
    /// <summary>A line that stays.</summary>
    void Note(string line);

    /// <summary>How the loop stands now; called many times a second.</summary>
    void Show(LoopReport report);
}
