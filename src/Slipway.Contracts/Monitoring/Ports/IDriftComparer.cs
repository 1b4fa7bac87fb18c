using System.Text.Json.Nodes;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Monitoring.Ports;

/// <param name="Share">The dataset drifted when at least this share of its columns did.</param>
/// <param name="Correction">Across columns: none, bonferroni or benjamini-hochberg.</param>
/// <param name="AllTests">Every applicable test per column; otherwise only the default one, which is much cheaper.</param>
public sealed record DriftOptions(double Share = 0.5, string Correction = "none", bool AllTests = true, long Seed = 0);

/// <summary>Compares two frames column by column.</summary>
public interface IDriftComparer
{
    /// <summary>
    /// <c>{"columns":[{"column","kind","missing":{"reference","current"},"default","drifted","tests":[{"test","statistic","pValue","threshold","drifted"}]}],
    /// "dataset":{"share","drifted"}}</c>. Columns missing on either side are a problem that names them.
    /// </summary>
    Result<JsonObject> Compare(Frame reference, Frame current, DriftOptions options);
}
