using System.Text;
using System.Text.Json;

namespace Slipway.Serving.Runtimes.Onnx;

/// <summary>
/// The metadata properties of an ONNX file, read without the rest of it: top-level protobuf fields are skipped by their length, so a large graph
/// costs one seek. The models trained here keep their class labels there, under <c>classes</c>, as a JSON list of strings.
/// </summary>
internal static class OnnxProperties
{
    /// <summary>ModelProto.metadata_props: repeated StringStringEntryProto {1 key, 2 value}.</summary>
    private const int MetadataField = 14;

    /// <summary>A property longer than this is no list of classes.</summary>
    private const int LongestProperty = 1 << 20;

    /// <summary>The class labels, or none when the file does not say or is not what it should be (loading it will tell why).</summary>
    public static IReadOnlyList<string> ReadClasses(Stream file)
    {
        try
        {
            return Find(file, "classes") is { } json ? JsonSerializer.Deserialize(json, OnnxJson.Default.StringArray) ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or EndOfStreamException or InvalidDataException)
        {
            return [];
        }
    }

    private static string? Find(Stream file, string wanted)
    {
        while (file.Position < file.Length)
        {
            var tag = ReadVarint(file);
            var length = (tag & 7) switch
            {
                0 => SkipVarint(file),
                1 => 8,
                2 => (long)ReadVarint(file),
                5 => 4,
                _ => throw new InvalidDataException("Not a protobuf message"),
            };
            if (tag >> 3 == MetadataField && (tag & 7) == 2 && length is >= 0 and <= LongestProperty)
            {
                var entry = new byte[length];
                file.ReadExactly(entry);
                if (ValueOf(entry, wanted) is { } value)
                {
                    return value;
                }
            }
            else if (length < 0 || length > file.Length - file.Position)
            {
                throw new InvalidDataException("A field runs past the end");
            }
            else
            {
                file.Seek(length, SeekOrigin.Current);
            }
        }

        return null;
    }

    private static string? ValueOf(byte[] entry, string wanted)
    {
        using var stream = new MemoryStream(entry, writable: false);
        var (key, value) = ("", "");
        while (stream.Position < stream.Length)
        {
            var tag = ReadVarint(stream);
            if ((tag & 7) != 2)
            {
                return null;
            }

            var length = ReadVarint(stream);
            if (length > (ulong)(stream.Length - stream.Position))
            {
                return null;
            }

            var text = Encoding.UTF8.GetString(entry, (int)stream.Position, (int)length);
            stream.Position += (long)length;
            (key, value) = (tag >> 3) switch
            {
                1 => (text, value),
                2 => (key, text),
                _ => (key, value),
            };
        }

        return key == wanted ? value : null;
    }

    private static long SkipVarint(Stream stream)
    {
        ReadVarint(stream);
        return 0;
    }

    private static ulong ReadVarint(Stream stream)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                throw new EndOfStreamException();
            }

            value |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number is too long");
    }
}
