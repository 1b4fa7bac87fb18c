using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Tracking.Archives.Folders;

/// <summary>The file store keeps a value per file, named by its key; a key with '/' is a file in folders. Metrics are files of lines <c>TIME VALUE STEP</c>.</summary>
internal static class KeyFiles
{
    private const int PointsPerLine = 2000;

    /// <summary>Key and path of every file below a folder; nothing when there is no folder.</summary>
    public static IEnumerable<(string Key, string Path)> List(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => (System.IO.Path.GetRelativePath(folder, path).Replace(System.IO.Path.DirectorySeparatorChar, '/'), path))
                .OrderBy(f => f.Item1, StringComparer.Ordinal)
            : [];

    public static Dictionary<string, string> ReadAll(string folder) =>
        List(folder).ToDictionary(f => f.Key, f => File.ReadAllText(f.Path), StringComparer.Ordinal);

    public static Result<Unit> Write(string folder, string key, string value)
    {
        if (!TryPath(folder, key, out var path))
        {
            return Problem.Invalid($"`{key}` is not a name that a file can have, so MLflow's folders cannot keep it; export to a .db file");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value);
        return default(Unit);
    }

    public static Result<Unit> Append(string folder, string key, IEnumerable<string> lines)
    {
        if (!TryPath(folder, key, out var path))
        {
            return Problem.Invalid($"`{key}` is not a name that a file can have, so MLflow's folders cannot keep it; export to a .db file");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllLines(path, lines);
        return default(Unit);
    }

    /// <summary>Points of one metric's file. Lines of two fields are from before steps; five fields name a dataset.</summary>
    public static async IAsyncEnumerable<ArchivedMetrics> ReadMetricAsync(string runId, string key, string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (times, steps, values) = (new List<long>(), new List<long>(), new List<double>());
        await foreach (var line in File.ReadLinesAsync(path, cancellation))
        {
            if (!TryPoint(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var time, out var value, out var step))
            {
                continue;
            }

            times.Add(time);
            values.Add(value);
            steps.Add(step);
            if (times.Count == PointsPerLine)
            {
                yield return new ArchivedMetrics(runId, key, times, steps, values);
                (times, steps, values) = ([], [], []);
            }
        }

        if (times.Count > 0)
        {
            yield return new ArchivedMetrics(runId, key, times, steps, values);
        }
    }

    public static bool TryPoint(string[] fields, out long time, out double value, out long step)
    {
        (value, step) = (0, 0);
        return long.TryParse(fields.ElementAtOrDefault(0), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out time)
            && TryValue(fields.ElementAtOrDefault(1), out value)
            && (fields.Length < 3 || long.TryParse(fields[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out step));
    }

    /// <summary>As Python writes it.</summary>
    public static string Text(double value) =>
        double.IsNaN(value) ? "nan" : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf") : value.ToString("R", CultureInfo.InvariantCulture);

    private static bool TryValue(string? text, out double value)
    {
        value = text switch { "nan" => double.NaN, "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => 0 };
        return text is "nan" or "inf" or "-inf" || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryPath(string folder, string key, out string path)
    {
        path = "";
        if (key.Length == 0 || key.Contains('\0', StringComparison.Ordinal) || key.Split('/').Any(part => part is "" or "." or ".."))
        {
            return false;
        }

        path = Path.Join(folder, key);
        return true;
    }
}
