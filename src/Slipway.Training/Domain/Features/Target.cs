using System.Globalization;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Training.Domain.Features;

/// <summary>The class labels in the order of the probabilities: text or whole numbers, as in the target column, sorted.</summary>
internal sealed class ClassLabels
{
    public ClassLabels(string[] texts) => Texts = texts;

    public ClassLabels(long[] numbers) => Numbers = numbers;

    public string[]? Texts { get; }

    public long[]? Numbers { get; }

    public int Count => Texts?.Length ?? Numbers!.Length;

    public string[] Names() => Texts ?? Array.ConvertAll(Numbers!, n => n.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What is to be predicted, row by row. Exactly one of <see cref="Values"/> and <see cref="ClassIndex"/> is used.</summary>
internal sealed class Target
{
    private Target(double[] values, int[] classIndex, ClassLabels? classes) => (Values, ClassIndex, Classes) = (values, classIndex, classes);

    /// <summary>Regression: one finite number per row.</summary>
    public double[] Values { get; }

    /// <summary>Classification: the index into <see cref="Classes"/>, one per row.</summary>
    public int[] ClassIndex { get; }

    /// <summary>Null for regression.</summary>
    public ClassLabels? Classes { get; }

    /// <summary>More classes than this make one model of many thousand trees; almost always an id column taken for the target.</summary>
    public const int MaxClasses = 1000;

    public static Target Regression(double[] values) => new(values, [], null);

    public static Target Classification(int[] classIndex, ClassLabels classes) => new([], classIndex, classes);

    /// <summary>Reads the target column; the caller has removed the rows where it is missing.</summary>
    public static Result<Target> Read(Column column, LearningTask task) => (task, column) switch
    {
        (LearningTask.Regression, NumericColumn numbers) => ReadRegression(numbers),
        (LearningTask.Regression, _) => Wrong(column, "regression needs numbers; use task binary or multiclass for names"),
        (_, TextColumn texts) => ReadTexts(texts, task),
        (_, NumericColumn numbers) => ReadNumbers(numbers, task),
        _ => Wrong(column, "times cannot be class labels"),
    };

    private static Problem Wrong(Column column, string message) => Problem.Invalid([new Fault("target", $"'{column.Name}': {message}")]);

    private static Result<Target> ReadRegression(NumericColumn column)
    {
        foreach (var value in column.Values)
        {
            if (!double.IsFinite(value) || Math.Abs(value) > float.MaxValue)
            {
                return Wrong(column, $"holds {value.ToString(CultureInfo.InvariantCulture)}, which no model can predict; remove the row or cap the value");
            }
        }

        return Regression(column.Values);
    }

    private static Result<Target> ReadTexts(TextColumn column, LearningTask task)
    {
        string[] names = [.. column.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)!];
        if (CheckCount(column, names.Length, task) is { } problem)
        {
            return problem;
        }

        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            index.Add(name, index.Count);
        }

        return Classification(Array.ConvertAll(column.Values, v => index[v!]), new ClassLabels(names));
    }

    private static Result<Target> ReadNumbers(NumericColumn column, LearningTask task)
    {
        double[] names = [.. column.Values.Distinct().Order()];
        foreach (var name in names)
        {
            if (name != Math.Floor(name) || Math.Abs(name) > 1L << 53)
            {
                return Wrong(column, $"class labels must be whole numbers or text, found {name.ToString(CultureInfo.InvariantCulture)}; use task regression for quantities");
            }
        }

        if (CheckCount(column, names.Length, task) is { } problem)
        {
            return problem;
        }

        var index = new Dictionary<double, int>();
        foreach (var name in names)
        {
            index.Add(name, index.Count);
        }

        return Classification(Array.ConvertAll(column.Values, v => index[v]), new ClassLabels(Array.ConvertAll(names, v => (long)v)));
    }

    private static Problem? CheckCount(Column column, int classes, LearningTask task) => task switch
    {
        LearningTask.Binary when classes > 2 => Wrong(column, $"task binary needs two classes, found {classes}; use task multiclass"),
        _ when classes > MaxClasses => Wrong(column, $"found {classes} classes, at most {MaxClasses} can be learned; is it an id or a quantity?"),
        _ => null,
    };
}
