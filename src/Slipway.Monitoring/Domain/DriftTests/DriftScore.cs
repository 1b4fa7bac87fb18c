namespace Slipway.Monitoring.Domain.DriftTests;

/// <param name="Statistic">The distance or the test statistic; NaN where it is undefined, infinite for a category the reference never had.</param>
/// <param name="PValue">Null for distances; NaN where the test is undefined (a constant column).</param>
internal readonly record struct DriftScore(double Statistic, double? PValue = null);
