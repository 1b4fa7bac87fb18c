namespace Slipway.Monitoring.Domain.Samples;

internal enum ColumnKind
{
    Numeric,
    Categorical,
}
