using System.Data.Common;
using System.Globalization;

namespace Slipway.Tracking.Archives.Databases;

/// <summary>A row of an MLflow table of any age: a column that this schema does not have reads as null, as does one without a value.</summary>
internal sealed class MlflowRow
{
    private readonly Dictionary<string, object?> _values;

    public MlflowRow(DbDataReader reader)
    {
        _values = new Dictionary<string, object?>(reader.FieldCount, StringComparer.OrdinalIgnoreCase);
        for (var column = 0; column < reader.FieldCount; column++)
        {
            _values[reader.GetName(column)] = reader.IsDBNull(column) ? null : reader.GetValue(column);
        }
    }

    public string? Text(string column) => _values.GetValueOrDefault(column) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    public string TextOrEmpty(string column) => Text(column) ?? "";

    /// <summary>Empty counts as missing, as MLflow takes it for run and version fields.</summary>
    public string? TextOrNull(string column) => Text(column) is { Length: > 0 } text ? text : null;

    public long? Number(string column) => _values.GetValueOrDefault(column) is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    public long NumberOrZero(string column) => Number(column) ?? 0;

    /// <summary>A metric value: NULL or the flag <c>is_nan</c> is NaN, and the largest double stands for infinity, since MLflow's databases cannot keep it.</summary>
    public double Metric(string column)
    {
        if (NumberFlag("is_nan") || _values.GetValueOrDefault(column) is not { } value)
        {
            return double.NaN;
        }

        return Convert.ToDouble(value, CultureInfo.InvariantCulture) switch
        {
            double.MaxValue => double.PositiveInfinity,
            double.MinValue => double.NegativeInfinity,
            var number => number,
        };
    }

    // SQLite keeps booleans as numbers, PostgreSQL as booleans.
    private bool NumberFlag(string column) => _values.GetValueOrDefault(column) is { } value && Convert.ToBoolean(value, CultureInfo.InvariantCulture);
}
