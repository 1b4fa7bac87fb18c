using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>The outputs of a run that several requests share: each sees its rows, and the last one to let go frees them.</summary>
internal sealed class SharedOutputs(TensorSet outputs, int slices)
{
    private int _holders = slices;

    /// <summary>Whether every output has a row for each of the batch.</summary>
    public static bool HaveRows(TensorSet outputs, int rows)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Shape(i) is not [var first, ..] || first != rows)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The rows from <paramref name="start"/> on. Called by one thread for all slices, before any of them is handed out.</summary>
    public TensorSet Slice(int start, int rows, int all) => new RowSlice(this, start, rows, all);

    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            outputs.Dispose();
        }
    }

    private sealed class RowSlice : TensorSet
    {
        private readonly SharedOutputs _shared;
        private readonly Item[] _items;
        private int _disposed;

        public RowSlice(SharedOutputs shared, int start, int rows, int all)
        {
            var outputs = shared.Outputs;
            _shared = shared;
            _items = new Item[outputs.Count];
            for (var i = 0; i < _items.Length; i++)
            {
                long[] shape = [rows, .. outputs.Shape(i)[1..]];
                var text = outputs.Spec(i).Type == OnnxType.BYTES;
                var each = text ? outputs.Elements(i) / all : outputs.Bytes(i).Length / all;
                _items[i] = new Item(shape, start * each, rows * each, text ? Texts(outputs.Utf8(i), start * each, rows * each) : null);
            }
        }

        public override int Count => _items.Length;

        public override OnnxTensorSpec Spec(int index) => Live.Spec(index);

        public override ReadOnlySpan<long> Shape(int index) => _items[index].Shape;

        public override ReadOnlySpan<byte> Bytes(int index) => Live.Bytes(index).Slice(_items[index].Start, _items[index].Length);

        public override (byte[] Bytes, int[] Ends) Utf8(int index) =>
            _items[index].Texts ?? throw new ArgumentException($"Output {Spec(index).Name} is not BYTES", nameof(index));

        public override IReadOnlyList<string> Classes(int index) => Live.Classes(index);

        public override void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _shared.Release();
            }
        }

        private TensorSet Live
        {
            get
            {
                ObjectDisposedException.ThrowIf(_disposed != 0, this);
                return _shared.Outputs;
            }
        }

        private static (byte[] Bytes, int[] Ends) Texts((byte[] Bytes, int[] Ends) all, int start, int count)
        {
            var from = start == 0 ? 0 : all.Ends[start - 1];
            var ends = new int[count];
            for (var i = 0; i < count; i++)
            {
                ends[i] = all.Ends[start + i] - from;
            }

            return (count == 0 ? [] : all.Bytes[from..(from + ends[^1])], ends);
        }

        private readonly record struct Item(long[] Shape, int Start, int Length, (byte[], int[])? Texts);
    }

    private TensorSet Outputs => outputs;
}
