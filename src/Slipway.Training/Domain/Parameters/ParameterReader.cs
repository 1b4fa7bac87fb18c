using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Training.Domain.Parameters;

/// <summary>
/// Reads the parameters of an algorithm from text, collecting every fault: a value that does not parse or is out of its range, and
/// a name that the algorithm does not know, so that a misspelt parameter is never silently ignored.
/// </summary>
internal sealed class ParameterReader(IReadOnlyDictionary<string, string> given)
{
    private readonly List<Fault> _faults = [];
    private readonly SortedDictionary<string, string> _used = new(StringComparer.Ordinal);

    /// <summary>Every parameter as it is used, defaults included.</summary>
    public IReadOnlyDictionary<string, string> Used => _used;

    public int Int(string name, int fallback, int min, int max)
    {
        if (!TryTake(name, Convert.ToString(fallback, CultureInfo.InvariantCulture)!, out var text))
        {
            return fallback;
        }

        // Tuners write whole numbers as 31.0 too.
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value == Math.Floor(value) && value >= min && value <= max)
        {
            return (int)value;
        }

        _faults.Add(new Fault(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}, got '{text}'")));
        return fallback;
    }

    /// <param name="name">The parameter.</param>
    /// <param name="fallback">Its default.</param>
    /// <param name="min">The smallest value; excluded where <paramref name="aboveMin"/>.</param>
    /// <param name="max">The greatest value, included.</param>
    /// <param name="aboveMin">The value must be greater than <paramref name="min"/>.</param>
    public double Number(string name, double fallback, double min, double max, bool aboveMin = false)
    {
        if (!TryTake(name, Convert.ToString(fallback, CultureInfo.InvariantCulture)!, out var text))
        {
            return fallback;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && (aboveMin ? value > min : value >= min) && value <= max)
        {
            return value;
        }

        _faults.Add(new Fault(name, string.Create(
            CultureInfo.InvariantCulture, $"must be a number {(aboveMin ? "above" : "from")} {min} {(aboveMin ? "and at most" : "to")} {max}, got '{text}'")));
        return fallback;
    }

    public bool Flag(string name, bool fallback)
    {
        if (!TryTake(name, Convert.ToString(fallback, CultureInfo.InvariantCulture)!, out var text))
        {
            return fallback;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        _faults.Add(new Fault(name, $"must be true or false, got '{text}'"));
        return fallback;
    }

    /// <summary>Names separated by commas.</summary>
    public string[] Names(string name) =>
        TryTake(name, "", out var text) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    /// <summary>The parameters when all were right, otherwise a problem that names every wrong one with its range.</summary>
    public Result<T> Finish<T>(T parameters)
    {
        foreach (var name in given.Keys.Order(StringComparer.Ordinal))
        {
            if (!_used.ContainsKey(name))
            {
                _faults.Add(new Fault(name, $"is not a parameter of this algorithm; there are: {string.Join(", ", _used.Keys)}"));
            }
        }

        return _faults.Count > 0 ? Problem.Invalid(_faults) : parameters;
    }

    private bool TryTake(string name, string fallback, out string text)
    {
        var found = given.TryGetValue(name, out var value);
        text = value ?? fallback;
        _used[name] = text;
        return found;
    }
}
