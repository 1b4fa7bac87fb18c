using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Scoring;

/// <summary>A frame as the Open Inference Protocol's binary tensors, and a scored batch back as predictions.</summary>
internal static class TensorBatch
{
    /// <summary>The JSON's length, and JSON and blocks together.</summary>
    public readonly record struct Body(int Header, byte[] Bytes);

    public static Result<Body> Write(IReadOnlyList<TensorSpec> inputs, Frame batch)
    {
        var (faults, blocks) = (new List<Fault>(), new List<(TensorSpec Input, int Width, byte[] Block)>());
        foreach (var input in inputs)
        {
            var columns = ColumnsOf(input, batch);
            if (columns.Count == 0)
            {
                faults.Add(new Fault(input.Name, "is an input of the model but no column"));
                continue;
            }

            if (WriteBlock(input, columns, batch.Rows, faults) is { } block)
            {
                blocks.Add((input, columns.Count, block));
            }
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("inputs");
            foreach (var (input, width, block) in blocks)
            {
                writer.WriteStartObject();
                writer.WriteString("name", input.Name);
                writer.WriteString("datatype", input.Datatype);
                writer.WriteStartArray("shape");
                writer.WriteNumberValue(batch.Rows);
                if (input.Shape.Count > 1)
                {
                    writer.WriteNumberValue(width);
                }

                writer.WriteEndArray();
                writer.WriteStartObject("parameters");
                writer.WriteNumber("binary_data_size", block.Length);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        var header = (int)body.Length;
        foreach (var (_, _, block) in blocks)
        {
            body.Write(block);
        }

        return new Body(header, body.ToArray());
    }

    public static Result<Scores> Read(ScoredBatchHead head, ReadOnlySpan<byte> blocks)
    {
        if (head.Rows < 0 || head.Bytes < 0 || head.Columns < 0 || head.Bytes + ((long)head.Rows * head.Columns * sizeof(double)) != blocks.Length)
        {
            return new Problem(ProblemCode.Unsupported, $"The scored batch has {blocks.Length} bytes, which is not what its head says");
        }

        var predictions = blocks[..head.Bytes];
        Column column;
        if (head.Datatype == "FP64")
        {
            column = new NumericColumn("prediction", MemoryMarshal.Cast<byte, double>(predictions).ToArray());
        }
        else
        {
            var texts = new string?[head.Rows];
            for (var row = 0; row < texts.Length; row++)
            {
                var length = predictions.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(predictions);
                if (length > predictions.Length - sizeof(uint))
                {
                    return new Problem(ProblemCode.Unsupported, $"The scored batch ends in prediction {row}");
                }

                texts[row] = Encoding.UTF8.GetString(predictions.Slice(sizeof(uint), (int)length));
                predictions = predictions[(sizeof(uint) + (int)length)..];
            }

            column = new TextColumn("prediction", texts);
        }

        if (head.Columns == 0)
        {
            return new Scores(column, null, []);
        }

        var values = MemoryMarshal.Cast<byte, double>(blocks[head.Bytes..]);
        var table = new double[head.Rows][];
        for (var row = 0; row < table.Length; row++)
        {
            table[row] = values.Slice(row * head.Columns, head.Columns).ToArray();
        }

        return new Scores(column, table, head.Classes);
    }

    private static List<Column> ColumnsOf(TensorSpec input, Frame batch)
    {
        if (batch.Has(input.Name))
        {
            return [batch[input.Name]];
        }

        var columns = new List<Column>();
        while (batch.Has(Nth(input.Name, columns.Count)))
        {
            columns.Add(batch[Nth(input.Name, columns.Count)]);
        }

        return columns;
    }

    private static byte[]? WriteBlock(TensorSpec input, List<Column> columns, int rows, List<Fault> faults)
    {
        using var block = new MemoryStream(rows * columns.Count * sizeof(double));
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        for (var row = 0; row < rows; row++)
        {
            foreach (var column in columns)
            {
                if (input.Datatype == "BYTES")
                {
                    var text = Encoding.UTF8.GetBytes(column switch
                    {
                        TextColumn texts => texts.Values[row] ?? "",
                        NumericColumn numbers when !double.IsNaN(numbers.Values[row]) => numbers.Values[row].ToString("R", CultureInfo.InvariantCulture),
                        _ => "",
                    });
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)text.Length);
                    block.Write(bytes[..sizeof(uint)]);
                    block.Write(text);
                    continue;
                }

                if (column is not NumericColumn { Values: var values })
                {
                    faults.Add(new Fault(column.Name, $"holds no numbers, but the model's input is {input.Datatype}"));
                    return null;
                }

                var size = WriteNumber(input.Datatype, values[row], bytes);
                if (size == 0)
                {
                    faults.Add(new Fault(column.Name, double.IsNaN(values[row])
                        ? $"is missing in row {row} of the batch, and {input.Datatype} has no way to say so; fill it in before scoring"
                        : $"{values[row].ToString("R", CultureInfo.InvariantCulture)} in row {row} of the batch is not {input.Datatype}"));
                    return null;
                }

                block.Write(bytes[..size]);
            }
        }

        return block.ToArray();
    }

    /// <summary>How many bytes; 0 when the value is none of that type.</summary>
    private static int WriteNumber(string datatype, double value, Span<byte> to)
    {
        switch (datatype)
        {
            case "FP32":
                BinaryPrimitives.WriteSingleLittleEndian(to, (float)value);
                return 4;
            case "FP64":
                BinaryPrimitives.WriteDoubleLittleEndian(to, value);
                return 8;
            case "FP16":
                BinaryPrimitives.WriteHalfLittleEndian(to, (Half)value);
                return 2;
            case "BOOL" when value is 0 or 1:
                to[0] = (byte)value;
                return 1;
        }

        var (least, most, size) = datatype switch
        {
            "INT64" => (-9223372036854775808.0, 9223372036854774784.0, 8),
            "INT32" => (int.MinValue, int.MaxValue, 4),
            "INT16" => (short.MinValue, short.MaxValue, 2),
            "INT8" => (sbyte.MinValue, sbyte.MaxValue, 1),
            "UINT64" => (0, 9223372036854774784.0, 8),
            "UINT32" => (0, uint.MaxValue, 4),
            "UINT16" => (0, ushort.MaxValue, 2),
            "UINT8" => (0, byte.MaxValue, 1),
            _ => (0.0, 0.0, 0),
        };
        if (size == 0 || value != Math.Floor(value) || value < least || value > most)
        {
            return 0;
        }

        // Two's complement: the low bytes are right for every width, signed or not.
        BinaryPrimitives.WriteInt64LittleEndian(to, (long)value);
        return size;
    }

    private static string Nth(string input, int place) => string.Create(CultureInfo.InvariantCulture, $"{input}[{place}]");
}
