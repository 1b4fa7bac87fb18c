using System.Globalization;

namespace Slipway.Serving.Tests;

/// <summary>How often a test that can go on for long does it again: a few times in every run, as often as is said when somebody wants to know.</summary>
internal static class LongForm
{
    /// <summary>SLIPWAY_LOAD_CYCLES=200 is what the promise of flat memory is measured with.</summary>
    public static int LoadCycles(int usually) =>
        int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_LOAD_CYCLES"), NumberStyles.None, CultureInfo.InvariantCulture, out var cycles) ? cycles : usually;
}
