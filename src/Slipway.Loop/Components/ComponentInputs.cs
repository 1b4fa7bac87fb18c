using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary>Reads what a step was given, with words for what is missing.</summary>
internal static class ComponentInputs
{
    public static Result<Subject> Subject(JsonObject inputs)
    {
        try
        {
            return inputs["subject"].Deserialize(SubjectContext.Default.Subject) is { } subject
                ? subject
                : Problem.Invalid("subject: is required");
        }
        catch (JsonException exception)
        {
            return Problem.Invalid($"subject: {exception.Message}");
        }
    }

    public static string? Text(JsonObject inputs, string name) => inputs[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static Result<DateTimeOffset?> Instant(JsonObject inputs, string name)
    {
        if (Text(inputs, name) is not { Length: > 0 } text)
        {
            return (DateTimeOffset?)null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var value)
            ? value
            : Problem.Invalid($"{name}: '{text}' is not an instant");
    }

    /// <summary>The training table that a former step made, with features and target as models get them.</summary>
    public static async Task<Result<(DatasetVersion Version, Frame Data)>> TableAsync(
        IDatasets datasets, string ns, Subject subject, JsonObject inputs, CancellationToken cancellation)
    {
        if (Text(inputs, "dataset") is not { } name || Text(inputs, "version") is not { } version)
        {
            return Problem.Invalid("dataset, version: are required");
        }

        if (!(await datasets.GetVersionAsync(ns, name, version, cancellation)).TryGet(out var found, out var problem)
            || !(await datasets.ReadAsync(found, new DatasetQuery(), cancellation)).TryGet(out var data, out problem))
        {
            return problem;
        }

        var time = (TimeColumn)data[subject.Time];
        var features = TrainingTable.Features(data, subject.Features, subject.Categorical);
        return (found, new Frame([time, .. features.Columns, TrainingTable.Target(data[subject.Target], subject.Task)]));
    }
}
