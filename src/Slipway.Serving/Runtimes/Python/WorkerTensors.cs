using System.Buffers.Binary;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>What a worker answered: its blocks as they came, in pooled memory.</summary>
internal sealed class WorkerTensors : TensorSet
{
    private readonly PooledBlock _blocks;
    private readonly OnnxTensorSpec[] _specs;
    private readonly long[][] _shapes;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly (byte[] Bytes, int[] Ends)[] _texts;
    private readonly IReadOnlyList<string> _classes;
    private readonly IReadOnlyList<int> _order;

    /// <param name="blocks">Taken over.</param>
    /// <param name="order">Which of the outputs this set has, and in what order.</param>
    /// <exception cref="BrokenFrameException">The blocks are not what the header says; they are given back.</exception>
    public WorkerTensors(IReadOnlyList<WorkerTensor> outputs, PooledBlock blocks, IReadOnlyList<string> classes, IReadOnlyList<int> order)
    {
        (_blocks, _classes, _order) = (blocks, classes, order);
        (_specs, _shapes) = (new OnnxTensorSpec[outputs.Count], new long[outputs.Count][]);
        (_starts, _lengths, _texts) = (new int[outputs.Count], new int[outputs.Count], new (byte[], int[])[outputs.Count]);
        try
        {
            var start = 0;
            for (var i = 0; i < outputs.Count; i++)
            {
                start = Take(i, outputs[i], start);
            }

            Require(start == blocks.Length, "it sent bytes that belong to no output");
        }
        catch
        {
            blocks.Dispose();
            throw;
        }
    }

    public override int Count => _order.Count;

    public override OnnxTensorSpec Spec(int index) => _specs[_order[index]];

    public override ReadOnlySpan<long> Shape(int index) => _shapes[_order[index]];

    public override ReadOnlySpan<byte> Bytes(int index) => _blocks.Memory.Span.Slice(_starts[_order[index]], _lengths[_order[index]]);

    public override (byte[] Bytes, int[] Ends) Utf8(int index) => _texts[_order[index]];

    public override IReadOnlyList<string> Classes(int index) => _shapes[_order[index]] is [_, var columns] && columns == _classes.Count ? _classes : [];

    public override void Dispose() => _blocks.Dispose();

    /// <summary>Checks output <paramref name="i"/> and answers where the next begins.</summary>
    private int Take(int i, WorkerTensor output, int start)
    {
        var shape = output.Shape ?? [];
        long elements = 1;
        foreach (var size in shape)
        {
            Require(size >= 0 && (size == 0 || elements <= int.MaxValue / size), $"its output '{output.Name}' has no shape");
            elements *= size;
        }

        Require(output.Bytes >= 0 && output.Bytes <= _blocks.Length - start, $"its output '{output.Name}' has more bytes than it sent");
        (_specs[i], _shapes[i], _starts[i], _lengths[i]) = (new OnnxTensorSpec(output.Name, output.Type, shape), shape, start, output.Bytes);
        if (output.Type == OnnxType.BYTES)
        {
            _texts[i] = Texts(_blocks.Memory.Span.Slice(start, output.Bytes), (int)elements, output.Name);
        }
        else
        {
            Require(elements * output.Type.Size() == output.Bytes, $"its output '{output.Name}' has {output.Bytes} bytes for {elements} elements of {output.Type.WireName()}");
        }

        return start + output.Bytes;
    }

    private static (byte[] Bytes, int[] Ends) Texts(ReadOnlySpan<byte> block, int count, string name)
    {
        Require((long)count * sizeof(uint) <= block.Length, $"its output '{name}' has fewer bytes than texts");
        var (bytes, ends, at, filled) = (new byte[block.Length - (count * sizeof(uint))], new int[count], 0, 0);
        for (var i = 0; i < count; i++)
        {
            Require(block.Length - at >= sizeof(uint), $"its output '{name}' ends inside a length");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            at += sizeof(uint);
            Require(length <= (uint)(block.Length - at) && length <= (uint)(bytes.Length - filled), $"its output '{name}' ends inside a text");
            block.Slice(at, (int)length).CopyTo(bytes.AsSpan(filled));
            (at, filled) = (at + (int)length, filled + (int)length);
            ends[i] = filled;
        }

        Require(at == block.Length, $"its output '{name}' has bytes left over");
        return (bytes, ends);
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new BrokenFrameException(fault);
        }
    }
}
