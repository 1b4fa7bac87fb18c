using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>
/// Kubernetes' protobuf as JSON: kubectl 1.32 sends it from its typed clients (<c>create namespace</c>, <c>auth can-i</c>) without asking whether the
/// server speaks it. Only those kinds are read; answers are always JSON, which the same clients accept.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int MostDepth = 16;

    // runtime.Unknown: the envelope around every object, behind four bytes of magic.
    private static readonly ProtobufMessage Envelope = new(
        (1, new ProtobufField("type", ProtobufType.Message, new ProtobufMessage(
            (1, new ProtobufField("apiVersion", ProtobufType.Text)), (2, new ProtobufField("kind", ProtobufType.Text))))),
        (2, new ProtobufField("raw", ProtobufType.Bytes)));

    public static Result<ParsedBody> Parse(byte[] bytes)
    {
        try
        {
            if (!bytes.AsSpan().StartsWith("k8s\0"u8))
            {
                return Problem.Invalid("the body is not Kubernetes protobuf: it does not start with its magic bytes");
            }

            var envelope = Read(bytes.AsSpan(4), Envelope, 0);
            var (apiVersion, kind) = ((string?)envelope["type"]?["apiVersion"] ?? "", (string?)envelope["type"]?["kind"] ?? "");
            if (ProtobufMessages.Find(apiVersion, kind) is not { } message)
            {
                return new Problem(ProblemCode.UnsupportedMediaType, $"{apiVersion} {kind} is not read in the format {MediaType} - accepted media types include: application/json, application/yaml");
            }

            var obj = Read(Convert.FromBase64String((string?)envelope["raw"] ?? ""), message, 0);
            obj["apiVersion"] = apiVersion;
            obj["kind"] = kind;
            return new ParsedBody(obj, []);
        }
        catch (InvalidDataException e)
        {
            return Problem.Invalid($"the body is not Kubernetes protobuf: {e.Message}");
        }
    }

    private static JsonObject Read(ReadOnlySpan<byte> bytes, ProtobufMessage message, int depth)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException("too deeply nested");
        }

        var obj = new JsonObject();
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            var (number, wire) = ((int)(tag >> 3), (int)(tag & 7));
            var field = message.Fields.GetValueOrDefault(number);
            switch (wire)
            {
                case 0:
                    Number(obj, field, Varint(ref bytes));
                    break;
                case 1:
                    Take(ref bytes, 8);
                    break;
                case 2:
                    Content(obj, field, Take(ref bytes, Varint(ref bytes)), depth);
                    break;
                case 5:
                    Take(ref bytes, 4);
                    break;
                default:
                    throw new InvalidDataException($"wire type {wire} of field {number}");
            }
        }

        return obj;
    }

    private static void Number(JsonObject obj, ProtobufField? field, ulong value)
    {
        switch (field?.Type)
        {
            case ProtobufType.Integer:
                obj[field.Name] = (long)value;
                break;
            case ProtobufType.Flag:
                obj[field.Name] = value != 0;
                break;
        }
    }

    private static void Content(JsonObject obj, ProtobufField? field, ReadOnlySpan<byte> content, int depth)
    {
        switch (field?.Type)
        {
            // Go writes every text, set or not: empty means absent.
            case ProtobufType.Text when content.Length > 0:
                obj[field.Name] = Text(content);
                break;
            case ProtobufType.Bytes:
                obj[field.Name] = Convert.ToBase64String(content);
                break;
            case ProtobufType.Message:
                obj[field.Name] = Read(content, field.Message!, depth + 1);
                break;
            case ProtobufType.TextList:
                List(obj, field.Name).Add(Text(content));
                break;
            case ProtobufType.MessageList:
                List(obj, field.Name).Add((JsonNode)Read(content, field.Message!, depth + 1));
                break;
            case ProtobufType.TextMap or ProtobufType.BytesMap:
                Entry(obj, field, content, depth);
                break;
        }
    }

    private static void Entry(JsonObject obj, ProtobufField field, ReadOnlySpan<byte> content, int depth)
    {
        var value = new ProtobufField("value", field.Type == ProtobufType.TextMap ? ProtobufType.Text : ProtobufType.Bytes);
        var entry = Read(content, new ProtobufMessage((1, new ProtobufField("key", ProtobufType.Text)), (2, value)), depth + 1);
        if (obj[field.Name] is not JsonObject map)
        {
            obj[field.Name] = map = [];
        }

        map[(string?)entry["key"] ?? ""] = (string?)entry["value"] ?? "";
    }

    private static JsonArray List(JsonObject obj, string name)
    {
        if (obj[name] is not JsonArray list)
        {
            obj[name] = list = [];
        }

        return list;
    }

    private static string Text(ReadOnlySpan<byte> content) => Encoding.UTF8.GetString(content);

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, ulong count)
    {
        if (count > (ulong)bytes.Length)
        {
            throw new InvalidDataException("it ends within a field");
        }

        var taken = bytes[..(int)count];
        bytes = bytes[(int)count..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(ref bytes, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number is longer than 64 bits");
    }
}
