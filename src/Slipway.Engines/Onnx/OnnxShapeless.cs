namespace Slipway.Engines.Onnx;

/// <summary>
/// Finds inputs and outputs that a model declares without a shape, as any number of dimensions. The runtime's interface cannot tell them from scalars, so the file
/// is asked: its protobuf fields are skipped by their length, weights and nodes unread.
/// </summary>
internal static class OnnxShapeless
{
    /// <summary>ModelProto.graph, GraphProto.input and .output, ValueInfoProto.name and .type, TypeProto.tensor_type and Tensor.shape.</summary>
    private const int Graph = 7, Input = 11, Output = 12, Name = 1, Type = 2, TensorType = 1, Shape = 2;

    /// <summary>A declaration longer than this is none.</summary>
    private const long LongestDeclaration = 1 << 20;

    /// <summary>Their names; none when the file is not what it should be.</summary>
    public static IReadOnlySet<string> Find(Stream file)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var (_, end) in Fields(file, file.Length, Graph))
            {
                foreach (var (field, last) in Fields(file, end, Input, Output))
                {
                    if (last - file.Position <= LongestDeclaration && Declared(file, last) is { } shapeless)
                    {
                        names.Add(shapeless);
                    }
                }
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or IOException)
        {
            return names;
        }

        return names;
    }

    /// <summary>The name of a tensor without a shape; null for any other.</summary>
    private static string? Declared(Stream file, long end)
    {
        var (name, tensor, shape) = ("", false, false);
        foreach (var (field, last) in Fields(file, end, Name, Type))
        {
            if (field == Name)
            {
                var bytes = new byte[last - file.Position];
                file.ReadExactly(bytes);
                name = System.Text.Encoding.UTF8.GetString(bytes);
                continue;
            }

            foreach (var (_, inner) in Fields(file, last, TensorType))
            {
                tensor = true;
                shape |= Fields(file, inner, Shape).Any();
            }
        }

        return tensor && !shape ? name : null;
    }

    /// <summary>The fields of those numbers that hold bytes: the stream stands at each one's content, and behind it afterwards.</summary>
    private static IEnumerable<(int Field, long End)> Fields(Stream file, long end, params int[] wanted)
    {
        while (file.Position < end)
        {
            var key = Varint(file);
            var length = (key & 7) switch { 0 => Skipped(file), 1 => 8L, 2 => Varint(file), 5 => 4L, _ => throw new InvalidDataException("not a protobuf field") };
            var last = file.Position + length;
            if (length < 0 || last > end)
            {
                throw new InvalidDataException("a field reaches beyond its message");
            }

            if ((key & 7) == 2 && wanted.Contains((int)(key >> 3)))
            {
                yield return ((int)(key >> 3), last);
            }

            file.Position = last;
        }
    }

    private static long Skipped(Stream file) => Varint(file) & 0;

    private static long Varint(Stream file)
    {
        long value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = file.ReadByte();
            if (next < 0)
            {
                throw new EndOfStreamException();
            }

            value |= (long)(next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number has no end");
    }
}
