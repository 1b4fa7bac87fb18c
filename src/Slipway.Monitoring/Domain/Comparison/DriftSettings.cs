namespace Slipway.Monitoring.Domain.Comparison;

/// <param name="Share">The dataset drifted when at least this share of its compared columns did; 0 to 1.</param>
/// <param name="AllTests">Every applicable test per column, or only the one that decides.</param>
/// <param name="TwoSampleChiSquare">Adds chisquare_two_sample, and lets it decide where chisquare would.</param>
internal sealed record DriftSettings(
    double Share = 0.5, Correction Correction = Correction.None, bool AllTests = true, bool TwoSampleChiSquare = false, int Seed = 0);
