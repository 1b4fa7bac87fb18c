using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Tensors;

/// <summary>
/// The tensors of a request, or of an answer that was read like one, in the form of outputs: for passing a request on and for handing a received
/// answer over.
/// </summary>
/// <param name="order">Places of the request's inputs, in the order wanted.</param>
internal sealed class RequestTensors(InferenceRequest request, int[] order, bool owns) : TensorSet
{
    private readonly (byte[] Bytes, int[] Ends)?[] _texts = new (byte[], int[])?[order.Length];

    public static RequestTensors Of(InferenceRequest request) => new(request, [.. Enumerable.Range(0, request.Inputs.Count)], owns: false);

    public override int Count => order.Length;

    public override OnnxTensorSpec Spec(int index) => new(At(index).Name, At(index).Type, At(index).Shape);

    public override ReadOnlySpan<long> Shape(int index) => At(index).Shape;

    public override ReadOnlySpan<byte> Bytes(int index) => At(index).Numbers!.As<byte>()[..(At(index).Elements * At(index).Type.Size())];

    public override (byte[] Bytes, int[] Ends) Utf8(int index) => _texts[index] ??= Joined(At(index).Texts!);

    public override void Dispose()
    {
        if (owns)
        {
            request.Dispose();
        }
    }

    private InputTensor At(int index) => request.Inputs[order[index]];

    private static (byte[] Bytes, int[] Ends) Joined(ReadOnlyMemory<byte>[] texts)
    {
        var (bytes, ends, at) = (new byte[texts.Sum(t => t.Length)], new int[texts.Length], 0);
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i].CopyTo(bytes.AsMemory(at));
            ends[i] = at += texts[i].Length;
        }

        return (bytes, ends);
    }
}
