using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Manifests;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Cli.Loops;

/// <summary>A LOOP.yaml that was read and checked on this machine, before any server is asked.</summary>
/// <param name="DataFile">Absolute path of the CSV or Parquet file.</param>
/// <param name="Format"><c>csv</c> or <c>parquet</c>.</param>
internal sealed record LoopFile(string Name, JsonObject Resource, string DataFile, string Format)
{
    private static readonly string[] Tasks = ["regression", "binary", "multiclass"];

    /// <summary>Reads the file and reports every fault at once.</summary>
    /// <param name="path">Absolute path; <c>spec.data</c> is relative to its folder.</param>
    public static Result<LoopFile> Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot read {path}: {fault.Message}");
        }

        var name = Path.GetFileName(path);
        if (!ManifestReader.Parse(text, name).TryGet(out var manifests, out var problem))
        {
            return problem;
        }

        if (manifests is not [{ Kind: "Loop", ApiVersion: "slipway.dev/v1" } manifest])
        {
            return Problem.Invalid($"{name}: must hold exactly one resource, of kind Loop and apiVersion slipway.dev/v1");
        }

        if (manifest.Resource["spec"] is not JsonObject spec)
        {
            return Problem.Invalid($"{name}: spec is missing");
        }

        var faults = new List<Fault>();
        var data = Text(spec, "data", required: true, faults);
        var file = data is null ? "" : Path.GetFullPath(data, Path.GetDirectoryName(path)!);
        var format = Path.GetExtension(file).ToLowerInvariant() switch { ".csv" => "csv", ".parquet" => "parquet", _ => "" };
        if (data is not null)
        {
            CheckData(file, format, faults);
        }

        CheckSpec(spec, faults);
        if (format == "csv" && faults.Count == 0)
        {
            CheckColumns(spec, file, faults);
        }

        return faults.Count == 0
            ? new LoopFile(manifest.Name, manifest.Resource, file, format)
            : Problem.Invalid($"{name}: {string.Join("; ", faults.Select(f => $"{f.Path} {f.Message}"))}", faults);
    }

    private static void CheckData(string file, string format, List<Fault> faults)
    {
        if (!File.Exists(file))
        {
            faults.Add(new Fault("spec.data", $"names {file}, which does not exist; the path is relative to the loop's own file"));
        }
        else if (format.Length == 0)
        {
            faults.Add(new Fault("spec.data", $"names {Path.GetFileName(file)}; it must end in .csv or .parquet"));
        }
    }

    private static void CheckSpec(JsonObject spec, List<Fault> faults)
    {
        Text(spec, "time", required: true, faults);
        Text(spec, "target", required: true, faults);
        if (Text(spec, "task", required: true, faults) is { } task && !Tasks.Contains(task))
        {
            faults.Add(new Fault("spec.task", $"is \"{task}\"; it must be one of {string.Join(", ", Tasks)}"));
        }

        // Which metric goes with which task is the server's to say.
        Text(spec, "metric", required: false, faults);
        foreach (var member in (string[])["step", "report", "feedbackDelay"])
        {
            if (Text(spec, member, required: false, faults) is { } step && !CalendarStep.TryParse(step, out _))
            {
                faults.Add(new Fault($"spec.{member}", $"is \"{step}\"; it must be hour, day, week, month, quarter, year or a number of rows such as \"500 rows\""));
            }
        }

        Texts(spec, "features", faults);
        Texts(spec, "categorical", faults);
        CheckTrain(spec, faults);
    }

    private static void CheckTrain(JsonObject spec, List<Fault> faults)
    {
        if (spec["train"] is null)
        {
            return;
        }

        if (spec["train"] is not JsonObject train)
        {
            faults.Add(new Fault("spec.train", "must be the first model's window, such as {from: 2000-01-01, until: 2003-01-01}"));
            return;
        }

        var from = Time(train, "from", faults);
        var until = Time(train, "until", faults);
        if (until <= from)
        {
            faults.Add(new Fault("spec.train", "ends before it starts; until must be later than from"));
        }
    }

    // The header is enough to find a misspelt column before anything is uploaded.
    private static void CheckColumns(JsonObject spec, string file, List<Fault> faults)
    {
        string? header;
        try
        {
            using var reader = new StreamReader(file);
            header = reader.ReadLine();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new Fault("spec.data", $"cannot be read: {fault.Message}"));
            return;
        }

        if (string.IsNullOrWhiteSpace(header) || header.Contains('"'))
        {
            // Quoted names may hold commas; the server reads those with its CSV reader.
            if (string.IsNullOrWhiteSpace(header))
            {
                faults.Add(new Fault("spec.data", $"{Path.GetFileName(file)} has no header line"));
            }

            return;
        }

        var separator = header.Contains(';') && !header.Contains(',') ? ';' : header.Contains('\t') && !header.Contains(',') ? '\t' : ',';
        var columns = header.Split(separator, StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        var named = new[] { "time", "target" }.Select(m => (Path: $"spec.{m}", Column: spec[m]?.ToString()))
            .Concat(new[] { "features", "categorical" }.SelectMany(m => (spec[m] as JsonArray ?? []).Select((c, i) => (Path: $"spec.{m}[{i}]", Column: c?.ToString()))));
        faults.AddRange(named.Where(n => n.Column is not null && !columns.Contains(n.Column))
            .Select(n => new Fault(n.Path, $"names the column \"{n.Column}\"; {Path.GetFileName(file)} has {string.Join(", ", columns)}")));
    }

    private static string? Text(JsonObject map, string member, bool required, List<Fault> faults)
    {
        switch (map[member])
        {
            case JsonValue value when value.TryGetValue<string>(out var text) && text.Length > 0:
                return text;
            case null when !required:
                return null;
            case null:
                faults.Add(new Fault($"spec.{member}", "is missing"));
                return null;
            default:
                faults.Add(new Fault($"spec.{member}", "must be text"));
                return null;
        }
    }

    private static void Texts(JsonObject spec, string member, List<Fault> faults)
    {
        if (spec[member] is { } node && (node is not JsonArray list || list.Any(i => i is not JsonValue value || !value.TryGetValue<string>(out _))))
        {
            faults.Add(new Fault($"spec.{member}", "must be a list of column names"));
        }
    }

    private static DateTimeOffset? Time(JsonObject train, string member, List<Fault> faults)
    {
        if (train[member] is null)
        {
            return null;
        }

        if (train[member] is JsonValue value && value.TryGetValue<string>(out var text) &&
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        faults.Add(new Fault($"spec.train.{member}", "is not a date or time in ISO 8601, such as 2003-01-01"));
        return null;
    }
}
