using System.Globalization;
using Slipway.Kernel.Frames;

namespace Slipway.Training.Tests.Support;

/// <summary>Data with known structure.</summary>
internal static class Samples
{
    public static NumericColumn Numbers(string name, int rows, Func<int, double> value) => new(name, [.. Enumerable.Range(0, rows).Select(value)]);

    public static TextColumn Texts(string name, int rows, Func<int, string?> value) => new(name, [.. Enumerable.Range(0, rows).Select(value)]);

    /// <summary>Two numbers (one with holes), a city and a code; the target depends on all of them.</summary>
    public static (Frame Features, NumericColumn Target) Mixed(int rows, int seed = 5)
    {
        var random = new Random(seed);
        var (a, b, target) = (new double[rows], new double[rows], new double[rows]);
        var code = new double[rows];
        var city = new string?[rows];
        string[] cities = ["Austin", "Bryan", "Dallas", "El Paso", "Waco", "Tyler", "Zürich"];
        for (var i = 0; i < rows; i++)
        {
            a[i] = random.NextDouble() * 10;
            b[i] = random.Next(6) == 0 ? double.NaN : random.NextDouble();
            var c = random.Next(cities.Length + 1);
            city[i] = c == cities.Length ? null : cities[c];
            code[i] = random.Next(9) == 0 ? double.NaN : random.Next(12) * 7;
            target[i] = Math.Sin(a[i]) + (double.IsNaN(b[i]) ? 2 : b[i]) + (c % 3) + (code[i] % 2 == 0 ? 1 : 0) + (random.NextDouble() * 0.1);
        }

        return (new Frame([new NumericColumn("a", a), new NumericColumn("b", b), new TextColumn("city", city), new NumericColumn("code", code)]), new NumericColumn("y", target));
    }

    public static readonly Lazy<(Frame Features, NumericColumn Price, double[] Year)> Housing = new(() =>
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "samples", "housing", "housing.csv")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new FileNotFoundException("samples/housing/housing.csv above " + AppContext.BaseDirectory);
        }

        var lines = File.ReadAllLines(Path.Combine(folder, "samples", "housing", "housing.csv"));
        var header = lines[0].Split(',');
        var cells = lines.Skip(1).Select(l => l.Split(',')).ToArray();
        NumericColumn Read(string name)
        {
            var at = Array.IndexOf(header, name);
            return Numbers(name, cells.Length, i => double.TryParse(cells[i][at], CultureInfo.InvariantCulture, out var v) ? v : double.NaN);
        }

        var city = Array.IndexOf(header, "city");
        var features = new Frame([
            Texts("city", cells.Length, i => cells[i][city]), Read("city_code"), Read("month"), Read("sales"), Read("listings"), Read("inventory")]);
        return (features, Read("median_price"), Read("year").Values);
    });

    /// <summary>The housing rows of the years from (inclusive) until (exclusive), with the named features.</summary>
    public static (Frame Features, NumericColumn Price) HousingYears(int from, int until, params string[] features)
    {
        var (frame, price, year) = Housing.Value;
        int[] rows = [.. Enumerable.Range(0, year.Length).Where(i => year[i] >= from && year[i] < until)];
        return (frame.Select(features).Take(rows), (NumericColumn)price.Take(rows));
    }
}
