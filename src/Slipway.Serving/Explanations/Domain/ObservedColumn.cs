namespace Slipway.Serving.Explanations.Domain;

/// <summary>What values a column of numbers has been seen with; a column of texts only tells whether two are the same.</summary>
/// <param name="Scale">One unit of distance: the median absolute deviation, the range where more than half the values are the same, else 1.</param>
/// <param name="IsWhole">All values were whole numbers, so a value in between would be none.</param>
internal sealed record ObservedColumn(double Min, double Max, double Scale, bool IsWhole)
{
    public static ObservedColumn Of(IEnumerable<double> values)
    {
        var known = values.Where(double.IsFinite).Order().ToArray();
        if (known.Length == 0)
        {
            return new ObservedColumn(double.NaN, double.NaN, 1, false);
        }

        var middle = known[known.Length / 2];
        var deviations = known.Select(v => Math.Abs(v - middle)).Order().ToArray();
        var (deviation, range) = (deviations[deviations.Length / 2], known[^1] - known[0]);
        return new ObservedColumn(known[0], known[^1], deviation > 0 ? deviation : range > 0 ? range : 1, known.All(v => v == Math.Floor(v)));
    }

    /// <summary>How far two values are apart. Missing and present are one unit apart.</summary>
    public double Distance(double from, double to) =>
        double.IsNaN(from) || double.IsNaN(to) ? (double.IsNaN(from) == double.IsNaN(to) ? 0 : 1) : Math.Abs(from - to) / Scale;

    /// <summary>The middle between a value that does and one that does not, nearer to the latter; null when there is nothing in between.</summary>
    public double? Between(double without, double with)
    {
        var start = Math.Clamp(without, Min, Max);
        var middle = (start + with) / 2;
        if (IsWhole)
        {
            middle = Math.Round(middle, MidpointRounding.ToZero);
        }

        return double.IsFinite(middle) && middle != with && middle != without && Math.Abs(middle - with) > 1e-9 * Scale ? middle : null;
    }
}
