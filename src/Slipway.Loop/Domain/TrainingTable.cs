using System.Globalization;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;

namespace Slipway.Loop.Domain;

/// <summary>Turns columns as they were read into columns as models get them.</summary>
internal static class TrainingTable
{
    /// <summary>The features by name: those named categorical as text, everything else as it is (numbers, or text, which is categorical).</summary>
    public static Frame Features(Frame data, IReadOnlyList<string> features, IReadOnlyList<string> categorical) =>
        new([.. features.Select(f => categorical.Contains(f) ? AsText(data[f]) : data[f])]);

    /// <summary>The target: numbers for regression, class labels as text otherwise, so that 1, "1" and true-as-1 are one class everywhere.</summary>
    public static Column Target(Column column, LearningTask task) => task == LearningTask.Regression ? column : AsText(column);

    /// <summary>The first model's default features: every column but time and target; further time columns are not features.</summary>
    public static IReadOnlyList<string> DefaultFeatures(IEnumerable<(string Name, bool IsTime)> columns, string time, string target) =>
        [.. columns.Where(c => !c.IsTime && c.Name != time && c.Name != target).Select(c => c.Name)];

    public static Column AsText(Column column) => column switch
    {
        TextColumn text => text,
        NumericColumn numbers => new TextColumn(
            column.Name, Array.ConvertAll(numbers.Values, v => double.IsNaN(v) ? null : v.ToString("R", CultureInfo.InvariantCulture))),
        TimeColumn times => new TextColumn(
            column.Name, [.. Enumerable.Range(0, times.Count).Select(i => times.IsMissing(i) ? null : times.At(i).UtcDateTime.ToString("O", CultureInfo.InvariantCulture))]),
        _ => throw new InvalidOperationException($"Column '{column.Name}' is of an unknown kind"),
    };

    /// <summary>One below the other; the columns of <paramref name="top"/> decide names, order and kind.</summary>
    public static Frame Stack(Frame top, Frame bottom) => new([.. top.Columns.Select(c => Stack(c, bottom[c.Name]))]);

    /// <summary>Indices of rows whose target is known.</summary>
    public static int[] Known(Column target) => [.. Enumerable.Range(0, target.Count).Where(i => !target.IsMissing(i))];

    private static Column Stack(Column top, Column bottom) => (top, bottom) switch
    {
        (NumericColumn a, NumericColumn b) => new NumericColumn(a.Name, [.. a.Values, .. b.Values]),
        (TimeColumn a, TimeColumn b) => new TimeColumn(a.Name, [.. a.Micros, .. b.Micros]),
        _ => new TextColumn(top.Name, [.. ((TextColumn)AsText(top)).Values, .. ((TextColumn)AsText(bottom)).Values]),
    };
}
