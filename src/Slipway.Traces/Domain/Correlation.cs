namespace Slipway.Traces.Domain;

/// <summary>
/// How much two properties of traces go together: normalised pointwise mutual information, from -1 (never both) over 0 (independent) to 1 (always
/// both); NaN where one of them never occurs. The smoothed form adds half a trace to each of the four cells (Jeffreys' prior), for few traces.
/// </summary>
internal static class Correlation
{
    public static (double Plain, double Smoothed) Of(long joint, long first, long second, long total)
    {
        var (onlyFirst, onlySecond, neither) = (first - joint, second - joint, total - first - second + joint);
        if (total <= 0 || first == 0 || second == 0 || Math.Min(Math.Min(joint, onlyFirst), Math.Min(onlySecond, neither)) < 0)
        {
            return (double.NaN, double.NaN);
        }

        return (joint == 0 ? -1 : Npmi(joint, onlyFirst, onlySecond, neither), joint == total ? 1 : Npmi(joint + 0.5, onlyFirst + 0.5, onlySecond + 0.5, neither + 0.5));
    }

    private static double Npmi(double joint, double onlyFirst, double onlySecond, double neither)
    {
        var total = joint + onlyFirst + onlySecond + neither;
        if (joint == total)
        {
            return 1;
        }

        var information = Math.Log(joint) + Math.Log(total) - Math.Log(joint + onlyFirst) - Math.Log(joint + onlySecond);
        return Math.Clamp(information / (Math.Log(total) - Math.Log(joint)), -1, 1);
    }
}
