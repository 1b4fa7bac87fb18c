using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Frames;
using Slipway.Monitoring.Domain.Comparison;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Evaluation;

/// <summary>Drift of one window, over the columns that can be compared: present on both sides, with at least one usable value on both.</summary>
internal static class WindowDrift
{
    /// <summary>Null when no column can be compared.</summary>
    public static DriftSummary? Of(Frame reference, Frame current, DriftSettings settings)
    {
        var pairs = new List<ColumnPair>();
        foreach (var column in current.Columns.Where(c => reference.Has(c.Name)))
        {
            if (ColumnPair.Of(reference[column.Name], column).TryGet(out var pair, out _))
            {
                pairs.Add(pair);
            }
        }

        return pairs.Count == 0 ? null : Summary(FrameComparison.OfPairs(pairs, settings));
    }

    /// <summary>Null when either side has no usable value.</summary>
    public static DriftSummary? OfPredictions(Column reference, Column current, DriftSettings settings) =>
        ColumnPair.Of(reference, current).TryGet(out var pair, out _) ? Summary(FrameComparison.OfPairs([pair], settings)) : null;

    private static DriftSummary Summary(FrameComparison comparison) => new(
        comparison.DriftedShare, comparison.Drifted, [.. comparison.Columns.Where(c => c.Drifted).Select(c => c.Column)]);
}
