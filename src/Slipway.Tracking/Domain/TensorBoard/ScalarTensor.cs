using System.Buffers.Binary;

namespace Slipway.Tracking.Domain.TensorBoard;

/// <summary>The number in a tensor that holds one: TensorFlow 2 and PyTorch's newer writers put scalars into tensors.</summary>
internal static class ScalarTensor
{
    // Fields of TensorProto: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
    private const int TypeField = 1;
    private const int ShapeField = 2;
    private const int ContentField = 4;
    private const int FloatField = 5;
    private const int DoubleField = 6;
    private const int IntField = 7;
    private const int LongField = 10;
    private const int BoolField = 11;
    private const int HalfField = 13;
    private const int UInt32Field = 16;
    private const int UInt64Field = 17;

    private enum DataType
    {
        Float = 1,
        Double = 2,
        Int32 = 3,
        UInt8 = 4,
        Int16 = 5,
        Int8 = 6,
        Int64 = 9,
        Bool = 10,
        BFloat16 = 14,
        UInt16 = 17,
        Half = 19,
        UInt32 = 22,
        UInt64 = 23,
    }

    /// <summary>Null for a tensor with another number of elements than one, and for text.</summary>
    public static double? Read(ReadOnlySpan<byte> message)
    {
        var (type, elements) = ((DataType)0, 1L);
        double? value = null;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case TypeField:
                    type = (DataType)reader.Number;
                    break;
                case ShapeField:
                    elements = Elements(reader.Bytes);
                    break;
                case ContentField when !reader.Bytes.IsEmpty:
                    value = Content(type, reader.Bytes);
                    break;
                case FloatField:
                    value = reader.Bytes.IsEmpty ? reader.Float : reader.Bytes.Length == 4 ? BinaryPrimitives.ReadSingleLittleEndian(reader.Bytes) : null;
                    break;
                case DoubleField:
                    value = reader.Bytes.IsEmpty ? reader.Double : reader.Bytes.Length == 8 ? BinaryPrimitives.ReadDoubleLittleEndian(reader.Bytes) : null;
                    break;
                case IntField or LongField or BoolField or HalfField or UInt32Field or UInt64Field:
                    value = Integer(type, reader.Bytes, reader.Number);
                    break;
                default:
                    break;
            }
        }

        // A zero of proto3 may be left out altogether.
        return elements != 1 ? null : value ?? (type is DataType.Float or DataType.Double or DataType.Int32 or DataType.Int64 && message.Length > 0 ? 0 : null);
    }

    private static long Elements(ReadOnlySpan<byte> shape)
    {
        var elements = 1L;
        var dims = new ProtoReader(shape);
        while (dims.Next())
        {
            if (dims.Field != 2)
            {
                continue;
            }

            var size = 0L;
            var dim = new ProtoReader(dims.Bytes);
            while (dim.Next())
            {
                size = dim.Field == 1 ? (long)dim.Number : size;
            }

            elements = size == 1 ? elements : 0;
        }

        return elements;
    }

    private static double? Content(DataType type, ReadOnlySpan<byte> bytes) => (type, bytes.Length) switch
    {
        (DataType.Float, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (DataType.Double, 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (DataType.Int32, 4) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (DataType.UInt32, 4) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (DataType.Int64, 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (DataType.UInt64, 8) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        (DataType.Int16, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (DataType.UInt16, 2) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (DataType.Half, 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        (DataType.BFloat16, 2) => BFloat(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        (DataType.UInt8 or DataType.Bool, 1) => bytes[0],
        (DataType.Int8, 1) => (sbyte)bytes[0],
        _ => null,
    };

    private static double? Integer(DataType type, ReadOnlySpan<byte> packed, ulong single)
    {
        var number = single;
        if (!packed.IsEmpty && (!ProtoReader.TryVarint(ref packed, out number) || !packed.IsEmpty))
        {
            return null;
        }

        return type switch
        {
            DataType.Half => (double)BitConverter.UInt16BitsToHalf((ushort)number),
            DataType.BFloat16 => BFloat((ushort)number),
            DataType.UInt64 => number,
            _ => (long)number,
        };
    }

    private static double BFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
