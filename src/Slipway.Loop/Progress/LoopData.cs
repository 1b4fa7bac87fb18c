using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Platform.Resources;

namespace Slipway.Loop.Progress;

/// <summary>A loop's data in memory, with everything that follows from it and the spec. Read once per server and loop.</summary>
internal sealed record LoopData(Resource Loop, LoopSpec Spec, DatasetVersion Version, Subject Subject, LoopPlan Plan, TimeColumn Time, Frame Features, Column Target)
{
    public string Namespace => Loop.Namespace;

    public string Name => Loop.Name;

    /// <summary>The id of a row's prediction: the same however often it is sent.</summary>
    public string IdOf(int row) => string.Create(CultureInfo.InvariantCulture, $"{Name}-{Loop.Uid[..8]}-{row:D7}");

    /// <summary>
    /// Windows between two trainings: as many steps as two fifths of the first training window hold rows for. A new model needs new data to be another
    /// model; 36 months of training give about a year between trainings.
    /// </summary>
    public int CooldownSteps()
    {
        var rowsPerStep = Math.Max(1, Plan.Steps.Sum(s => s.Rows) / Plan.Steps.Count);
        return Math.Max(1, Plan.Training.Rows * 2 / 5 / rowsPerStep);
    }

    public static async Task<Result<LoopData>> ReadAsync(IDatasets datasets, Resource loop, CancellationToken cancellation)
    {
        if (!LoopSpec.Parse(loop.Spec).TryGet(out var spec, out var problem)
            || !(await datasets.GetVersionAsync(loop.Namespace, spec.Dataset, spec.DatasetVersion, cancellation)).TryGet(out var version, out problem)
            || !CheckColumns(spec, version).TryGet(out var features, out problem)
            || !(await datasets.ReadAsync(version, new DatasetQuery { Columns = [spec.Time, .. features, spec.Target] }, cancellation)).TryGet(out var data, out problem))
        {
            return problem;
        }

        if (data[spec.Time] is not TimeColumn time)
        {
            return Problem.Invalid($"spec.time: column '{spec.Time}' of {version.Display} holds no ISO 8601 times");
        }

        if (spec.Task == LearningTask.Regression && data[spec.Target] is not NumericColumn)
        {
            return Problem.Invalid($"spec.target: column '{spec.Target}' of {version.Display} holds no numbers, which task regression needs");
        }

        if (!LoopPlan.Make(spec, time).TryGet(out var plan, out problem))
        {
            return problem;
        }

        var subject = new Subject(
            version.Name, version.Digest, plan.Training.FirstRow, plan.Training.EndRow, spec.Time, spec.Target, spec.Task, features, spec.Categorical,
            spec.Metric, "gradient-boosting", loop.Name, loop.Name, Seed: 1);
        return new LoopData(
            loop, spec, version, subject, plan, time, TrainingTable.Features(data, features, spec.Categorical), TrainingTable.Target(data[spec.Target], spec.Task));
    }

    /// <summary>An Open Inference Protocol request for one row. A missing number is null, a missing text is empty, as the exported models take them.</summary>
    public JsonObject RequestFor(int row, IReadOnlyDictionary<string, string> inputs) => new()
    {
        ["id"] = IdOf(row),
        ["parameters"] = new JsonObject { ["event_time"] = Time.At(row).UtcDateTime.ToString("O", CultureInfo.InvariantCulture) },
        ["inputs"] = new JsonArray([.. Features.Columns.Where(c => inputs.ContainsKey(c.Name)).Select(c => (JsonNode)new JsonObject
        {
            ["name"] = c.Name, ["shape"] = new JsonArray(1, 1), ["datatype"] = inputs[c.Name], ["data"] = new JsonArray(ValueOf(c, row)),
        })]),
    };

    /// <summary>The true value of a row's prediction, or null when the data has none.</summary>
    public JsonNode? LabelOf(int row) => Target.IsMissing(row) ? null : ValueOf(Target, row);

    private static JsonNode? ValueOf(Column column, int row) => column switch
    {
        NumericColumn numbers => double.IsNaN(numbers.Values[row]) ? null : JsonValue.Create(numbers.Values[row]),
        TextColumn text => JsonValue.Create(text.Values[row] ?? ""),
        _ => throw new InvalidOperationException($"Column '{column.Name}' cannot be sent"),
    };

    private static Result<IReadOnlyList<string>> CheckColumns(LoopSpec spec, DatasetVersion version)
    {
        var faults = new List<Fault>();
        var there = version.Columns.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        void Check(string path, string column)
        {
            if (!there.Contains(column))
            {
                faults.Add(new Fault(path, $"{version.Display} has no column '{column}'; it has: {string.Join(", ", version.Columns.Select(c => c.Name))}"));
            }
        }

        Check("spec.time", spec.Time);
        Check("spec.target", spec.Target);
        var features = spec.Features
            ?? TrainingTable.DefaultFeatures(version.Columns.Select(c => (c.Name, c.Kind == ColumnKind.Time)), spec.Time, spec.Target);
        foreach (var feature in features)
        {
            Check("spec.features", feature);
            if (version.Columns.FirstOrDefault(c => c.Name == feature) is { Kind: ColumnKind.Time })
            {
                faults.Add(new Fault("spec.features", $"'{feature}' holds instants, which no algorithm here takes; derive a number from it"));
            }
        }

        foreach (var category in spec.Categorical.Where(c => !features.Contains(c)))
        {
            faults.Add(new Fault("spec.categorical", $"'{category}' is not among the features"));
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : Result.From(features);
    }
}
