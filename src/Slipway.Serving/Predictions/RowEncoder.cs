using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Platform.Database;
using Slipway.Serving.Models;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Predictions;

/// <summary>
/// Turns a request and an answer into log rows, one per row of the batch. A batch's rows are logged as <c>ID/0</c>, <c>ID/1</c>, ...; a request of
/// one row under its own id.
/// </summary>
internal sealed class RowEncoder : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _writer;

    public RowEncoder() => _writer = new Utf8JsonWriter(_buffer, OipWriter.Options);

    public void Encode(Exchange exchange, ModelAnswer answer, bool served, List<PredictionRow> to)
    {
        var rows = exchange.Request.Rows;
        for (var row = 0; row < rows; row++)
        {
            var (number, text) = answer.Outputs is null ? (null, null) : Prediction(answer, row, rows);
            to.Add(new PredictionRow
            {
                Namespace = exchange.Namespace,
                Service = exchange.Service,
                Id = rows == 1 ? exchange.PredictionId : string.Create(CultureInfo.InvariantCulture, $"{exchange.PredictionId}/{row}"),
                ModelVersion = answer.Revision.ModelVersion,
                EventTime = Micros.Of(exchange.EventTime),
                Served = served ? 1 : 0,
                Inputs = Inputs(exchange.Request, row, rows),
                PredictionNumber = number,
                PredictionText = text,
                Probabilities = answer.Outputs is null ? null : Probabilities(answer, row, rows),
                LatencyMicros = (long)answer.Took.TotalMicroseconds,
                Error = answer.Error,
            });
        }
    }

    public void Dispose() => _writer.Dispose();

    private string Inputs(InferenceRequest request, int row, int rows)
    {
        Begin();
        _writer.WriteStartObject();
        foreach (var input in request.Inputs)
        {
            _writer.WritePropertyName(input.Name);
            var perRow = input.Elements / Math.Max(rows, 1);
            if (perRow == 1)
            {
                InputElement.Write(_writer, input, row);
                continue;
            }

            _writer.WriteStartArray();
            for (var i = 0; i < perRow; i++)
            {
                InputElement.Write(_writer, input, (row * perRow) + i);
            }

            _writer.WriteEndArray();
        }

        _writer.WriteEndObject();
        return End();
    }

    private static (double? Number, string? Text) Prediction(ModelAnswer answer, int row, int rows)
    {
        var (outputs, roles) = (answer.Outputs!, answer.Revision.Model.Roles);
        var place = PlaceOf(outputs, answer.Revision.Model.Model.Outputs[roles.Prediction].Name);
        if (place < 0 || outputs.Elements(place) < rows)
        {
            return (null, null);
        }

        var perRow = outputs.Elements(place) / rows;
        if (roles.TakesBest)
        {
            return (null, roles.BestOf(outputs, place, row, perRow));
        }

        var element = row * perRow;
        var value = OutputElement.Read(outputs, place, element);
        return roles.Classifies
            ? (null, value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture))
            : value is string text ? (null, text) : Finite(Convert.ToDouble(value, CultureInfo.InvariantCulture));
    }

    private static (double? Number, string? Text) Finite(double value) => (double.IsFinite(value) ? value : null, null);

    private string? Probabilities(ModelAnswer answer, int row, int rows)
    {
        var (outputs, roles) = (answer.Outputs!, answer.Revision.Model.Roles);
        if (roles.Probabilities < 0)
        {
            return null;
        }

        var place = PlaceOf(outputs, answer.Revision.Model.Model.Outputs[roles.Probabilities].Name);
        if (place < 0 || !OutputRoles.IsFloat(outputs.Spec(place).Type) || outputs.Elements(place) < rows)
        {
            return null;
        }

        var classes = roles.Classes.Count > 0 ? roles.Classes : outputs.Classes(place);
        var perRow = outputs.Elements(place) / rows;
        Begin();
        if (classes.Count != perRow)
        {
            _writer.WriteStartArray();
            TensorWriter.WriteElements(_writer, outputs, place, row * perRow, perRow);
            _writer.WriteEndArray();
            return End();
        }

        _writer.WriteStartObject();
        for (var i = 0; i < perRow; i++)
        {
            _writer.WritePropertyName(classes[i]);
            TensorWriter.WriteElements(_writer, outputs, place, (row * perRow) + i, 1);
        }

        _writer.WriteEndObject();
        return End();
    }

    private static int PlaceOf(TensorSet outputs, string name)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Spec(i).Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private void Begin()
    {
        _buffer.ResetWrittenCount();
        _writer.Reset();
    }

    private string End()
    {
        _writer.Flush();
        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }
}
