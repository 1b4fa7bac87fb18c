using System.Buffers;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Platform.Http;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>
/// Writes a ModelInferResponse. Tensors go out raw when the request's came so, or when one of them has no list of its own (FP16, BF16); else as lists.
/// </summary>
internal static class InferMessageWriter
{
    public static void Write(PooledBytes to, in AnswerHead head, TensorSet outputs, bool raw)
    {
        ProtoWriter.Text(to, 1, head.Model);
        ProtoWriter.Text(to, 2, head.Version);
        ProtoWriter.Text(to, 3, head.Id ?? "");
        var count = head.Count(outputs);
        var texts = new string[]?[count];
        for (var i = 0; i < count; i++)
        {
            raw |= head.Want(i).Classes == 0 && InferContentsReader.ListOf(outputs.Spec(i).Type) == 0;
        }

        for (var i = 0; i < count; i++)
        {
            texts[i] = WriteOutput(to, outputs, i, head.Want(i), head.Classes, raw);
        }

        for (var i = 0; raw && i < count; i++)
        {
            ProtoWriter.Begin(to, 6, texts[i] is { } said ? said.Sum(t => sizeof(uint) + Encoding.UTF8.GetByteCount(t)) : outputs.BinarySize(i));
            InferenceWriter.WriteBlock(to, outputs, i, texts[i]);
        }
    }

    /// <summary>Answers the texts of a classification.</summary>
    private static string[]? WriteOutput(PooledBytes to, TensorSet outputs, int output, WantedOutput want, IReadOnlyList<string> classes, bool raw)
    {
        var spec = outputs.Spec(output);
        var labels = outputs.Classes(output) is { Count: > 0 } own ? own : classes;
        var (classified, texts) = want.Classes > 0 ? Classification.Of(outputs, output, want.Classes, labels) : (null, null);
        var shape = classified ?? outputs.Shape(output);
        var type = texts is null ? spec.Type : OnnxType.BYTES;
        var contents = raw ? -1 : texts is null ? ContentsSize(outputs, output) : texts.Sum(t => ProtoWriter.FieldSize(Encoding.UTF8.GetByteCount(t)));
        var sizes = 0;
        foreach (var size in shape)
        {
            sizes += ProtoWriter.VarintSize((ulong)size);
        }

        ProtoWriter.Begin(
            to, 5, ProtoWriter.TextSize(spec.Name) + ProtoWriter.TextSize(type.WireName()) + (shape.IsEmpty ? 0 : ProtoWriter.FieldSize(sizes)) + (contents < 0 ? 0 : ProtoWriter.FieldSize(contents)));
        ProtoWriter.Text(to, 1, spec.Name);
        ProtoWriter.Text(to, 2, type.WireName());
        if (!shape.IsEmpty)
        {
            ProtoWriter.Begin(to, 3, sizes);
            foreach (var size in shape)
            {
                ProtoWriter.Varint(to, (ulong)size);
            }
        }

        if (contents >= 0)
        {
            ProtoWriter.Begin(to, 5, contents);
            WriteContents(to, outputs, output, texts);
        }

        return texts;
    }

    /// <summary>Bytes of the one list, with its tag.</summary>
    private static int ContentsSize(TensorSet outputs, int output)
    {
        var elements = outputs.Elements(output);
        switch (outputs.Spec(output).Type)
        {
            case OnnxType.BYTES:
                var all = 0;
                for (var i = 0; i < elements; i++)
                {
                    all += ProtoWriter.FieldSize(outputs.Text(output, i).Length);
                }

                return all;
            case OnnxType.FP32 or OnnxType.FP64:
                return elements == 0 ? 0 : ProtoWriter.FieldSize(outputs.Bytes(output).Length);
            default:
                return elements == 0 ? 0 : ProtoWriter.FieldSize(VarintsSize(outputs, output, elements));
        }
    }

    private static int VarintsSize(TensorSet outputs, int output, int elements)
    {
        var all = 0;
        for (var i = 0; i < elements; i++)
        {
            all += ProtoWriter.VarintSize(WholeAt(outputs, output, i));
        }

        return all;
    }

    private static void WriteContents(PooledBytes to, TensorSet outputs, int output, string[]? texts)
    {
        var (type, elements) = (outputs.Spec(output).Type, outputs.Elements(output));
        if (texts is not null)
        {
            foreach (var text in texts)
            {
                var utf8 = Encoding.UTF8.GetBytes(text);
                ProtoWriter.Begin(to, 8, utf8.Length);
                to.Write(utf8);
            }
        }
        else if (type == OnnxType.BYTES)
        {
            for (var i = 0; i < elements; i++)
            {
                var text = outputs.Text(output, i);
                ProtoWriter.Begin(to, 8, text.Length);
                to.Write(text);
            }
        }
        else if (elements > 0)
        {
            WriteNumbers(to, outputs, output, elements);
        }
    }

    private static void WriteNumbers(PooledBytes to, TensorSet outputs, int output, int elements)
    {
        var type = outputs.Spec(output).Type;
        if (type is OnnxType.FP32 or OnnxType.FP64)
        {
            var bytes = outputs.Bytes(output);
            ProtoWriter.Begin(to, InferContentsReader.ListOf(type), bytes.Length);
            to.Write(bytes);
            return;
        }

        ProtoWriter.Begin(to, InferContentsReader.ListOf(type), VarintsSize(outputs, output, elements));
        for (var i = 0; i < elements; i++)
        {
            ProtoWriter.Varint(to, WholeAt(outputs, output, i));
        }
    }

    /// <summary>A whole number or truth value as protobuf writes it: negative ones as their 64-bit complement.</summary>
    private static ulong WholeAt(TensorSet outputs, int output, int element) =>
        outputs.Spec(output).Type == OnnxType.UINT64 ? outputs.Values<ulong>(output)[element] : (ulong)TensorWriter.WholeAt(outputs, output, element);
}
