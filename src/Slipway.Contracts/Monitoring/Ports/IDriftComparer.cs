using System.Text.Json.Nodes;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Monitoring.Ports;

/// <param name="Share">The dataset drifted when at least this share of its columns did.</param>
/// <param name="Correction">Across columns: none, bonferroni or benjamini-hochberg.</param>
/// <param name="AllTests">Every applicable test per column; otherwise only the default one, which is much cheaper.</param>
/// <param name="Seed">For the tests that permute (TVD, empirical_mmd): the same seed gives the same answer.</param>
/// <param name="TwoSampleChiSquare">Adds the test <c>chisquare_two_sample</c> and lets it decide where chisquare, which ignores the reference's
/// sampling error, would.</param>
public sealed record DriftOptions(double Share = 0.5, string Correction = "none", bool AllTests = true, long Seed = 0, bool TwoSampleChiSquare = false);

/// <summary>Compares two frames column by column.</summary>
public interface IDriftComparer
{
    /// <summary>
    /// <c>{"columns":[{"column","kind","missing":{"reference","current"},"default","drifted","tests":[{"test","statistic","pValue","threshold","drifted"}]}],
    /// "dataset":{"share","drifted"}}</c>. kind is num, cat or time; a time column is listed, but neither tested nor counted. With a correction a column
    /// also has <c>adjustedPValue</c>. Figures that are undefined or infinite are null. Columns missing on either side are a problem that names them.
    /// </summary>
    Result<JsonObject> Compare(Frame reference, Frame current, DriftOptions options);
}
