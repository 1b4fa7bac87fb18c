using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Platform.Http;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>What an answer says beside its tensors.</summary>
/// <param name="Id">Null when the request had none: then the answer has none.</param>
/// <param name="Wanted">The outputs asked for, in the order of the first tensors; null for all.</param>
/// <param name="Binary">Whether an output that does not say so goes out as a binary block.</param>
/// <param name="Classes">Labels of the model's classes, for the extension classification.</param>
internal readonly record struct AnswerHead(
    string Model, string Version, string? Id, List<WantedOutput>? Wanted, bool Binary, IReadOnlyList<string> Classes)
{
    /// <summary>How many of the tensors were asked for; what follows is for the log.</summary>
    public int Count(TensorSet outputs) => Wanted?.Count ?? outputs.Count;

    public WantedOutput Want(int output) => Wanted is null ? default : Wanted[output];
}

/// <summary>Writes an inference answer as UTF-8, and behind it the binary blocks that were asked for.</summary>
internal static class InferenceWriter
{
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model_name");
    private static readonly JsonEncodedText ModelVersion = JsonEncodedText.Encode("model_version");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText Shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText Datatype = JsonEncodedText.Encode("datatype");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText Parameters = JsonEncodedText.Encode("parameters");
    private static readonly JsonEncodedText BinaryDataSize = JsonEncodedText.Encode("binary_data_size");

    /// <summary>The length of the JSON when binary blocks follow it; 0 when there are none, or only empty ones (what tritonclient expects).</summary>
    public static int Write(PooledBytes to, in AnswerHead head, TensorSet outputs)
    {
        var start = to.Length;
        var writer = OipWriter.WriterOver(to);
        writer.WriteStartObject();
        writer.WriteString(ModelName, head.Model);
        writer.WriteString(ModelVersion, head.Version);
        if (head.Id is not null)
        {
            writer.WriteString(Id, head.Id);
        }

        writer.WriteStartArray(Outputs);
        List<(int Output, string[]? Texts)>? blocks = null;
        for (var i = 0; i < head.Count(outputs); i++)
        {
            var want = head.Want(i);
            var texts = WriteOutput(writer, outputs, i, want, want.Binary ?? head.Binary, head.Classes);
            if (want.Binary ?? head.Binary)
            {
                (blocks ??= []).Add((i, texts));
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        var length = to.Length - start;
        foreach (var (output, texts) in blocks ?? [])
        {
            WriteBlock(to, outputs, output, texts);
        }

        return to.Length - start > length ? length : 0;
    }

    /// <summary>The output's header and, unless binary, its data. Answers the texts of a classification.</summary>
    private static string[]? WriteOutput(Utf8JsonWriter writer, TensorSet outputs, int output, WantedOutput want, bool binary, IReadOnlyList<string> classes)
    {
        var spec = outputs.Spec(output);
        var labels = outputs.Classes(output) is { Count: > 0 } own ? own : classes;
        var (shape, texts) = want.Classes > 0 ? Classification.Of(outputs, output, want.Classes, labels) : (null, null);
        writer.WriteStartObject();
        writer.WriteString(Name, spec.Name);
        writer.WriteStartArray(Shape);
        foreach (var size in shape ?? outputs.Shape(output))
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteString(Datatype, texts is null ? spec.Datatype : OnnxType.BYTES.WireName());
        if (binary)
        {
            writer.WriteStartObject(Parameters);
            writer.WriteNumber(BinaryDataSize, texts is null ? outputs.BinarySize(output) : texts.Sum(t => sizeof(uint) + Encoding.UTF8.GetByteCount(t)));
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray(Data);
            WriteData(writer, outputs, output, texts);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        return texts;
    }

    private static void WriteData(Utf8JsonWriter writer, TensorSet outputs, int output, string[]? texts)
    {
        if (texts is null)
        {
            TensorWriter.WriteElements(writer, outputs, output, 0, outputs.Elements(output));
            return;
        }

        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }
    }

    /// <summary>The output as a binary block.</summary>
    internal static void WriteBlock(IBufferWriter<byte> to, TensorSet outputs, int output, string[]? texts = null)
    {
        if (texts is not null)
        {
            foreach (var text in texts)
            {
                WriteText(to, Encoding.UTF8.GetBytes(text));
            }
        }
        else if (outputs.Spec(output).Type != OnnxType.BYTES)
        {
            to.Write(outputs.Bytes(output));
        }
        else
        {
            var elements = outputs.Elements(output);
            for (var i = 0; i < elements; i++)
            {
                WriteText(to, outputs.Text(output, i));
            }
        }
    }

    private static void WriteText(IBufferWriter<byte> to, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(sizeof(uint)), (uint)text.Length);
        to.Advance(sizeof(uint));
        to.Write(text);
    }
}
