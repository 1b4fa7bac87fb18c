using System.Globalization;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Scoring.Files;

/// <summary>Which columns of a table go into a model.</summary>
/// <param name="Read">Column of the file and name in the frames.</param>
/// <param name="Texts">Names that are read as text.</param>
internal sealed record ScoreColumns(IReadOnlyList<(string Column, string Name)> Read, IReadOnlySet<string> Texts)
{
    private const string Text = "BYTES";

    /// <summary>Every fault at once: missing columns and columns of another type.</summary>
    public static Result<ScoreColumns> Match(ScoreTable table, IReadOnlyList<TensorSpec> inputs, IReadOnlyList<string>? features)
    {
        var (read, texts, faults) = (new List<(string, string)>(), new HashSet<string>(StringComparer.Ordinal), new List<Fault>());
        if (features is not null && inputs.Count != 1)
        {
            return Problem.Invalid($"--features names the columns of a model's only input; this model has {inputs.Count}, which are matched by their names: {string.Join(", ", inputs.Select(i => i.Name))}");
        }

        foreach (var input in inputs)
        {
            foreach (var (column, name) in ColumnsOf(input, table, features))
            {
                if (table.TypeOf(column) is not { } type)
                {
                    faults.Add(new Fault(column, $"is missing in {Path.GetFileName(table.Path)}; it has {string.Join(", ", table.Columns.Select(c => c.Name).Take(30))}"));
                }
                else if (input.Datatype != Text && !ScoreTableStore.IsNumber(type))
                {
                    faults.Add(new Fault(column, $"is {type}, but the model's input {name} is {input.Datatype}"));
                }

                read.Add((column, name));
                if (input.Datatype == Text)
                {
                    texts.Add(name);
                }
            }

            if (features is null && input.Shape.Count > 1 && input.Shape[^1] is not (1 or -1) && !table.Columns.Any(c => c.Name == $"{input.Name}[0]"))
            {
                faults.Add(new Fault(input.Name, $"takes {input.Shape[^1]} values per row; name the columns in their order with --features, or call them {input.Name}[0], {input.Name}[1], ..."));
            }
            else if (features is not null && input.Shape.Count > 1 && input.Shape[^1] >= 0 && input.Shape[^1] != features.Count)
            {
                faults.Add(new Fault("--features", $"names {features.Count} columns, the model's input {input.Name} takes {input.Shape[^1]}"));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new ScoreColumns(read, texts);
    }

    private static IEnumerable<(string Column, string Name)> ColumnsOf(TensorSpec input, ScoreTable table, IReadOnlyList<string>? features)
    {
        if (features is not null)
        {
            return features.Count == 1 ? [(features[0], input.Name)] : features.Select((f, i) => (f, Nth(input.Name, i)));
        }

        if (input.Shape.Count < 2 || input.Shape[^1] == 1 || table.TypeOf(input.Name) is not null)
        {
            return [(input.Name, input.Name)];
        }

        var numbered = table.Columns.Count(c => c.Name.StartsWith(input.Name + "[", StringComparison.Ordinal));
        return input.Shape[^1] < 0 && numbered == 0
            ? [(input.Name, input.Name)]
            : Enumerable.Range(0, input.Shape[^1] < 0 ? numbered : numbered == 0 ? 0 : (int)input.Shape[^1]).Select(i => (Nth(input.Name, i), Nth(input.Name, i)));
    }

    private static string Nth(string input, int place) => string.Create(CultureInfo.InvariantCulture, $"{input}[{place}]");
}
