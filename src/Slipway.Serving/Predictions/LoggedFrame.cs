using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;
using Slipway.Platform.Database;

namespace Slipway.Serving.Predictions;

/// <summary>Turns log rows into columns.</summary>
internal static class LoggedFrame
{
    public static LoggedPredictions Build(IReadOnlyList<PredictionRow> rows)
    {
        var inputs = Inputs(rows);
        var texts = rows.Any(r => r.PredictionText is not null);
        var (classes, probabilities) = Probabilities(rows);
        return new LoggedPredictions(
            [.. rows.Select(r => r.Id)],
            [.. rows.Select(r => (int)r.ModelVersion)],
            [.. rows.Select(r => r.Served == 1)],
            [.. rows.Select(r => Micros.ToTime(r.EventTime))],
            inputs,
            Values("prediction", rows, texts, r => (r.PredictionNumber, r.PredictionText)),
            Values("label", rows, texts, r => (r.LabelNumber, r.LabelText)),
            probabilities,
            classes);
    }

    /// <summary>Numbers, or texts when the predictions are: a label that was sent as the other kind is turned into this one.</summary>
    private static Column Values(string name, IReadOnlyList<PredictionRow> rows, bool texts, Func<PredictionRow, (double? Number, string? Text)> pick) =>
        texts
            ? new TextColumn(name, [.. rows.Select(pick).Select(v => v.Text ?? v.Number?.ToString("R", CultureInfo.InvariantCulture))])
            : new NumericColumn(name, [.. rows.Select(pick).Select(v => v.Number ?? ParsedOrMissing(v.Text))]);

    private static double ParsedOrMissing(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    private static Frame Inputs(IReadOnlyList<PredictionRow> rows)
    {
        var columns = new Dictionary<string, InputColumn>(StringComparer.Ordinal);
        var order = new List<InputColumn>();
        for (var row = 0; row < rows.Count; row++)
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(rows[row].Inputs));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    Column(name).Add(row, ref reader);
                    continue;
                }

                for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    Column(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]")).Add(row, ref reader);
                }
            }
        }

        return new Frame([.. order.Select(c => c.ToColumn())]);

        InputColumn Column(string name)
        {
            if (!columns.TryGetValue(name, out var column))
            {
                columns[name] = column = new InputColumn(name, rows.Count);
                order.Add(column);
            }

            return column;
        }
    }

    /// <summary>Classes in the order in which they are first seen; every row's probabilities stand in that order, NaN where a version has not the class.</summary>
    private static (IReadOnlyList<string> Classes, double[][]? Probabilities) Probabilities(IReadOnlyList<PredictionRow> rows)
    {
        if (!rows.Any(r => r.Probabilities is not null))
        {
            return ([], null);
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var perRow = new List<(int Place, double Value)>[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            perRow[row] = rows[row].Probabilities is { } json ? ReadProbabilities(json, places) : [];
        }

        var table = new double[rows.Count][];
        for (var row = 0; row < table.Length; row++)
        {
            table[row] = new double[places.Count];
            Array.Fill(table[row], double.NaN);
            foreach (var (place, value) in perRow[row])
            {
                table[row][place] = value;
            }
        }

        return ([.. places.OrderBy(p => p.Value).Select(p => p.Key)], table);
    }

    private static List<(int Place, double Value)> ReadProbabilities(string json, Dictionary<string, int> places)
    {
        var values = new List<(int, double)>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        var named = reader.TokenType == JsonTokenType.StartObject;
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            var name = values.Count.ToString(CultureInfo.InvariantCulture);
            if (named)
            {
                name = reader.GetString()!;
                reader.Read();
            }

            if (!places.TryGetValue(name, out var place))
            {
                places[name] = place = places.Count;
            }

            values.Add((place, reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : double.NaN));
        }

        return values;
    }

    /// <summary>A column of numbers until a text comes by; then all of it is text.</summary>
    private sealed class InputColumn(string name, int rows)
    {
        private readonly double[] _numbers = Filled(rows);
        private string?[]? _texts;

        public void Add(int row, ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    _texts ??= [.. _numbers.Select(n => double.IsNaN(n) ? null : n.ToString("R", CultureInfo.InvariantCulture))];
                    _texts[row] = reader.GetString() is { Length: > 0 } text ? text : null;
                    break;
                case JsonTokenType.Number:
                    Set(row, reader.GetDouble());
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    Set(row, reader.TokenType == JsonTokenType.True ? 1 : 0);
                    break;
            }
        }

        public Column ToColumn() => _texts is null ? new NumericColumn(name, _numbers) : new TextColumn(name, _texts);

        private void Set(int row, double value)
        {
            _numbers[row] = value;
            if (_texts is not null)
            {
                _texts[row] = value.ToString("R", CultureInfo.InvariantCulture);
            }
        }

        private static double[] Filled(int rows)
        {
            var values = new double[rows];
            Array.Fill(values, double.NaN);
            return values;
        }
    }
}
