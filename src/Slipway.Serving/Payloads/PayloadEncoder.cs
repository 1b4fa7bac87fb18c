using System.Buffers;
using System.Text.Json;
using Slipway.Platform.Database;
using Slipway.Serving.Predictions;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Payloads;

/// <summary>Turns an exchange into lines of JSON, one per row of the request, with the ids that the prediction log gives them.</summary>
internal sealed class PayloadEncoder : IDisposable
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    private readonly RowEncoder _rows = new();
    private readonly List<PredictionRow> _encoded = [];
    private readonly Utf8JsonWriter _writer = new(new ArrayBufferWriter<byte>(), OipWriter.Options);

    /// <summary>Appends the lines; gives how many rows were written and how many were left out because they are too long.</summary>
    public (int Rows, int TooLong) Encode(Exchange exchange, ModelAnswer answer, bool served, int longest, ArrayBufferWriter<byte> to)
    {
        _encoded.Clear();
        _rows.Encode(exchange, answer, served, _encoded);
        var (rows, tooLong) = (0, 0);
        var line = new ArrayBufferWriter<byte>(512);
        for (var row = 0; row < _encoded.Count; row++)
        {
            line.ResetWrittenCount();
            _writer.Reset(line);
            Write(exchange, answer, _encoded[row], row);
            _writer.Flush();
            if (line.WrittenCount > longest)
            {
                tooLong++;
                continue;
            }

            to.Write(line.WrittenSpan);
            to.Write(LineEnd);
            rows++;
        }

        return (rows, tooLong);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _writer.Dispose();
    }

    private void Write(Exchange exchange, ModelAnswer answer, PredictionRow row, int index)
    {
        var revision = answer.Revision.Revision;
        _writer.WriteStartObject();
        _writer.WriteString("id", row.Id);
        _writer.WriteString("request_id", exchange.PredictionId);
        _writer.WriteNumber("time", Micros.Of(exchange.Arrived));
        _writer.WriteNumber("event_time", row.EventTime);
        _writer.WriteString("model", revision.Model);
        _writer.WriteNumber("model_version", row.ModelVersion);
        _writer.WriteString("revision", revision.Name);
        _writer.WriteBoolean("served", row.Served == 1);
        _writer.WriteString("protocol", exchange.Protocol);
        _writer.WriteString("caller", exchange.Caller);
        _writer.WriteNumber("latency_micros", row.LatencyMicros);
        _writer.WriteNumber("status", answer.Error is null ? 200 : 500);
        if (row.Error is { } error)
        {
            _writer.WriteString("error", error);
        }

        _writer.WritePropertyName("inputs");
        _writer.WriteRawValue(row.Inputs, skipInputValidation: true);
        if (answer.Outputs is { } outputs)
        {
            WriteOutputs(outputs, index, _encoded.Count);
        }

        if (row.PredictionNumber is { } number)
        {
            _writer.WriteNumber("prediction_number", number);
        }

        if (row.PredictionText is { } text)
        {
            _writer.WriteString("prediction_text", text);
        }

        if (row.Probabilities is { } probabilities)
        {
            _writer.WritePropertyName("probabilities");
            _writer.WriteRawValue(probabilities, skipInputValidation: true);
        }

        _writer.WriteEndObject();
    }

    /// <summary>Output name to value, or to a list where it has more than one element per row. An output without rows stands in the first.</summary>
    private void WriteOutputs(TensorSet outputs, int row, int rows)
    {
        _writer.WriteStartObject("outputs");
        for (var i = 0; i < outputs.Count; i++)
        {
            var all = outputs.Elements(i);
            var byRow = rows > 0 && outputs.Shape(i) is { Length: > 0 } shape && shape[0] == rows;
            if (!byRow && row > 0)
            {
                continue;
            }

            var perRow = byRow ? all / rows : all;
            _writer.WritePropertyName(outputs.Spec(i).Name);
            if (perRow == 1)
            {
                TensorWriter.WriteElements(_writer, outputs, i, byRow ? row : 0, 1);
                continue;
            }

            _writer.WriteStartArray();
            TensorWriter.WriteElements(_writer, outputs, i, byRow ? row * perRow : 0, perRow);
            _writer.WriteEndArray();
        }

        _writer.WriteEndObject();
    }
}
