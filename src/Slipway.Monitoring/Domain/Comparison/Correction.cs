namespace Slipway.Monitoring.Domain.Comparison;

/// <summary>How the deciding p-values are corrected for the number of columns tested.</summary>
internal enum Correction
{
    /// <summary>Each column by itself, as Evidently does.</summary>
    None,

    /// <summary>Holds the chance of any false alarm: p times the number of tests.</summary>
    Bonferroni,

    /// <summary>Holds the expected share of false alarms among the alarms (false discovery rate).</summary>
    BenjaminiHochberg,
}
