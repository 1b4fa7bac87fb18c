using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>A copy of what a model answered, in memory of its own: any number of callers read it, and nobody frees it.</summary>
internal sealed class StoredAnswer : TensorSet
{
    private readonly Item[] _items;

    public StoredAnswer(TensorSet outputs)
    {
        _items = new Item[outputs.Count];
        for (var i = 0; i < _items.Length; i++)
        {
            var spec = outputs.Spec(i);
            var text = spec.Type == OnnxType.BYTES;
            _items[i] = new Item(
                spec, outputs.Shape(i).ToArray(), text ? [] : outputs.Bytes(i).ToArray(), text ? outputs.Utf8(i) : null, outputs.Classes(i));
            Size += 128 + _items[i].Bytes.Length + (_items[i].Texts is { } texts ? texts.Bytes.Length + (texts.Ends.Length * sizeof(int)) : 0);
        }
    }

    /// <summary>Bytes in memory, roughly.</summary>
    public long Size { get; } = 256;

    public override int Count => _items.Length;

    public override OnnxTensorSpec Spec(int index) => _items[index].Spec;

    public override ReadOnlySpan<long> Shape(int index) => _items[index].Shape;

    public override ReadOnlySpan<byte> Bytes(int index) => _items[index].Bytes;

    public override (byte[] Bytes, int[] Ends) Utf8(int index) =>
        _items[index].Texts ?? throw new ArgumentException($"Output {Spec(index).Name} is not BYTES", nameof(index));

    public override IReadOnlyList<string> Classes(int index) => _items[index].Classes;

    public override void Dispose()
    {
    }

    private readonly record struct Item(OnnxTensorSpec Spec, long[] Shape, byte[] Bytes, (byte[] Bytes, int[] Ends)? Texts, IReadOnlyList<string> Classes);
}
