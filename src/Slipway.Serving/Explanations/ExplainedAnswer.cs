using System.Text.Json;
using Slipway.Serving.Explanations.Methods;
using Slipway.Serving.Explanations.Rows;

namespace Slipway.Serving.Explanations;

/// <param name="Found">Per row; null where the row has the wanted outcome already.</param>
internal sealed record CounterfactualsMade(FeatureRows Rows, ModelAnswers Answers, IReadOnlyList<CounterfactualMethod.Outcome?> Found, BackgroundUsed Background);

internal sealed record PermutationMade(IReadOnlyList<string> Features, PermutationMethod.Outcome Outcome);

/// <summary>What an explanation is answered with: the list <c>explanations</c>, the same over both protocols.</summary>
internal sealed class ExplainedAnswer
{
    private readonly Action<Utf8JsonWriter> _write;

    private ExplainedAnswer(Action<Utf8JsonWriter> write) => _write = write;

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("explanations");
        _write(writer);
        writer.WriteEndArray();
    }

    public static ExplainedAnswer Of(Explained explained) => new(writer =>
    {
        foreach (var row in explained.Rows)
        {
            writer.WriteStartObject();
            WriteValue(writer, "prediction", row.Prediction);
            if (row.Probabilities is { } probabilities)
            {
                writer.WriteStartObject("probabilities");
                for (var k = 0; k < probabilities.Count; k++)
                {
                    WriteValue(writer, explained.Classes[k], probabilities[k]);
                }

                writer.WriteEndObject();
            }

            writer.WriteString("method", explained.Method);
            writer.WriteString("space", explained.Space);
            writer.WriteBoolean("exact", explained.Exact);
            if (row.Outputs.Count == 1)
            {
                WriteOutput(writer, row.Outputs[0], explained.Features);
            }
            else
            {
                writer.WriteStartArray("outputs");
                foreach (var output in row.Outputs)
                {
                    writer.WriteStartObject();
                    WriteOutput(writer, output, explained.Features);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            WriteBackground(writer, explained.Background);
            if (explained.Note is { } note)
            {
                writer.WriteString("note", note);
            }

            writer.WriteEndObject();
        }
    });

    public static ExplainedAnswer Of(PermutationMade made) => new(writer =>
    {
        var outcome = made.Outcome;
        writer.WriteStartObject();
        writer.WriteString("method", "permutation");
        writer.WriteString("metric", outcome.Metric);
        WriteValue(writer, "baseline", outcome.Baseline);
        writer.WriteNumber("rows", outcome.Rows);
        writer.WriteNumber("repeats", outcome.Repeats);
        writer.WriteStartObject("importances");
        for (var i = 0; i < made.Features.Count; i++)
        {
            writer.WriteStartObject(made.Features[i]);
            WriteValue(writer, "mean", outcome.Importances[i].Mean);
            WriteValue(writer, "deviation", outcome.Importances[i].Deviation);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public static ExplainedAnswer Of(CounterfactualsMade made) => new(writer =>
    {
        for (var row = 0; row < made.Rows.Count; row++)
        {
            writer.WriteStartObject();
            WriteValue(writer, "prediction", made.Answers.Predictions[row]);
            writer.WriteString("method", "counterfactual");
            var outcome = made.Found[row];
            writer.WriteBoolean("found", outcome?.Row is not null);
            if (outcome is null)
            {
                writer.WriteString("reason", "the row has the wanted outcome already");
            }
            else if (outcome.Row is null)
            {
                writer.WriteString("reason", string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"none of {outcome.Tried} rows with observed values reaches it; allow more features to change, or give more background rows"));
            }
            else
            {
                WriteCounterfactual(writer, made.Rows, row, outcome);
            }

            WriteBackground(writer, made.Background);
            writer.WriteEndObject();
        }
    });

    private static void WriteCounterfactual(Utf8JsonWriter writer, FeatureRows rows, int row, CounterfactualMethod.Outcome outcome)
    {
        writer.WriteStartObject("counterfactual");
        WriteValue(writer, "prediction", outcome.Prediction);
        WriteValue(writer, "distance", outcome.Distance);
        writer.WriteStartObject("changes");
        foreach (var column in outcome.Changed)
        {
            writer.WriteStartObject(rows.Space.Names[column]);
            WriteValue(writer, "from", rows.Value(row, column));
            WriteValue(writer, "to", outcome.Row!.Value(0, column));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter writer, ExplainedOutput output, IReadOnlyList<string> features)
    {
        writer.WriteString("output", output.Name);
        WriteValue(writer, "base_value", output.BaseValue);
        WriteValue(writer, "value", output.Value);
        writer.WriteStartObject("contributions");
        for (var i = 0; i < features.Count; i++)
        {
            WriteValue(writer, features[i], output.Contributions[i]);
        }

        writer.WriteEndObject();
    }

    private static void WriteBackground(Utf8JsonWriter writer, BackgroundUsed? background)
    {
        if (background is null)
        {
            return;
        }

        writer.WriteStartObject("background");
        writer.WriteString("source", background.Source);
        if (background.Rows > 0)
        {
            writer.WriteNumber("rows", background.Rows);
        }

        writer.WriteEndObject();
    }

    /// <summary>JSON has no NaN and no infinity; both are null.</summary>
    private static void WriteValue(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case double number when double.IsFinite(number):
                writer.WriteNumber(name, number);
                break;
            case long whole:
                writer.WriteNumber(name, whole);
                break;
            case ulong whole:
                writer.WriteNumber(name, whole);
                break;
            case bool truth:
                writer.WriteBoolean(name, truth);
                break;
            case string text:
                writer.WriteString(name, text);
                break;
            default:
                writer.WriteNull(name);
                break;
        }
    }
}
