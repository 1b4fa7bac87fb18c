using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>Reads InferTensorContents: one list per group of datatypes. Values that do not fit their datatype are refused, not cut.</summary>
internal static class InferContentsReader
{
    /// <param name="place">Where the tensor stands in the request, for messages.</param>
    public static TensorData Read(ReadOnlySpan<byte> contents, OnnxType type, long elements, string place)
    {
        var list = ListOf(type);
        if (list == 0)
        {
            throw Bad($"{place}: {type.WireName()} has no list in contents; send it in raw_input_contents");
        }

        return type == OnnxType.BYTES ? Texts(contents, list, elements, place) : Numbers(contents, type, list, elements, place);
    }

    /// <summary>The field of a datatype's values; 0 for those that only go raw.</summary>
    internal static int ListOf(OnnxType type) => type switch
    {
        OnnxType.BOOL => 1,
        OnnxType.INT8 or OnnxType.INT16 or OnnxType.INT32 => 2,
        OnnxType.INT64 => 3,
        OnnxType.UINT8 or OnnxType.UINT16 or OnnxType.UINT32 => 4,
        OnnxType.UINT64 => 5,
        OnnxType.FP32 => 6,
        OnnxType.FP64 => 7,
        OnnxType.BYTES => 8,
        _ => 0,
    };

    private static TensorData Texts(ReadOnlySpan<byte> contents, int list, long elements, string place)
    {
        using var texts = new TextGatherer((int)Math.Clamp(elements, 1, contents.Length + 1));
        var reader = new ProtoReader(contents);
        while (reader.Next(out var field))
        {
            OnlyList(field, list, OnnxType.BYTES, place);
            texts.Add(reader.Bytes());
        }

        return texts.Count == elements ? new TensorData(null, texts.Take(), texts.Count) : throw Count(elements, texts.Count, place);
    }

    private static TensorData Numbers(ReadOnlySpan<byte> contents, OnnxType type, int list, long elements, string place)
    {
        // Every value takes a byte at least, so no shape makes room for more than the message can hold.
        var room = (int)Math.Clamp(elements, 0, contents.Length);
        var buffer = OnnxBuffer.Rent(room * type.Size());
        try
        {
            var count = 0;
            var reader = new ProtoReader(contents);
            while (reader.Next(out var field))
            {
                OnlyList(field, list, type, place);
                if (reader.Wire != ProtoReader.BytesWire)
                {
                    Value(ref reader, reader.Wire, buffer, type, count++, room, place, elements);
                    continue;
                }

                var packed = reader.Bytes();
                if (type is OnnxType.FP32 or OnnxType.FP64)
                {
                    count += Copy(packed, buffer, type, count, room, place, elements);
                    continue;
                }

                var values = new ProtoReader(packed);
                while (!values.AtEnd)
                {
                    Value(ref values, ProtoReader.VarintWire, buffer, type, count++, room, place, elements);
                }
            }

            return count == elements ? new TensorData(buffer, null, count) : throw Count(elements, count, place);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static int Copy(ReadOnlySpan<byte> packed, OnnxBuffer buffer, OnnxType type, int count, int room, string place, long elements)
    {
        var size = type.Size();
        var more = packed.Length / size;
        if (packed.Length % size != 0 || count + more > room)
        {
            throw Count(elements, count + more, place);
        }

        packed.CopyTo(buffer.As<byte>()[(count * size)..]);
        return more;
    }

    private static void Value(
        ref ProtoReader reader, int wire, OnnxBuffer buffer, OnnxType type, int place, int room, string where, long elements)
    {
        if (place >= room)
        {
            throw Count(elements, place + 1, where);
        }

        if (wire != ProtoReader.VarintWire)
        {
            Float(ref reader, wire, buffer, type, place, where);
            return;
        }

        var value = reader.Varint();
        var fits = type switch
        {
            OnnxType.BOOL => Set(buffer.As<byte>(), place, value == 0 ? (byte)0 : (byte)1),
            OnnxType.INT8 => (long)value is >= sbyte.MinValue and <= sbyte.MaxValue && Set(buffer.As<sbyte>(), place, (sbyte)value),
            OnnxType.INT16 => (long)value is >= short.MinValue and <= short.MaxValue && Set(buffer.As<short>(), place, (short)value),
            OnnxType.INT32 => Set(buffer.As<int>(), place, (int)value),
            OnnxType.INT64 => Set(buffer.As<long>(), place, (long)value),
            OnnxType.UINT8 => value <= byte.MaxValue && Set(buffer.As<byte>(), place, (byte)value),
            OnnxType.UINT16 => value <= ushort.MaxValue && Set(buffer.As<ushort>(), place, (ushort)value),
            OnnxType.UINT32 => value <= uint.MaxValue && Set(buffer.As<uint>(), place, (uint)value),
            OnnxType.UINT64 => Set(buffer.As<ulong>(), place, value),
            _ => throw Bad($"{where}: contents hold a whole number where {type.WireName()} must be"),
        };
        if (!fits)
        {
            throw Bad($"{where}: element {place} does not fit {type.WireName()}");
        }
    }

    private static void Float(ref ProtoReader reader, int wire, OnnxBuffer buffer, OnnxType type, int place, string where)
    {
        if (type == OnnxType.FP32 && wire == ProtoReader.Fixed32Wire)
        {
            buffer.As<uint>()[place] = reader.Fixed32();
        }
        else if (type == OnnxType.FP64 && wire == ProtoReader.Fixed64Wire)
        {
            buffer.As<ulong>()[place] = reader.Fixed64();
        }
        else
        {
            throw Bad($"{where}: contents hold a floating-point number where {type.WireName()} must be");
        }
    }

    private static bool Set<T>(Span<T> values, int place, T value)
    {
        values[place] = value;
        return true;
    }

    private static void OnlyList(int field, int list, OnnxType type, string place)
    {
        if (field != list)
        {
            throw Bad($"{place}: its datatype is {type.WireName()}, but contents hold a list of another type");
        }
    }

    private static ProblemException Count(long elements, int count, string place) =>
        Bad($"{place}: its shape means {(elements < 0 ? "too many" : elements)} elements, contents have {count}{(count > elements ? " or more" : "")}");

    private static ProblemException Bad(string message) => new(Problem.Invalid(message));
}
