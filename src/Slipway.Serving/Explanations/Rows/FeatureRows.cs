using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Explanations.Rows;

/// <summary>Rows of a model's inputs that can be mixed with one another value by value, whatever their types.</summary>
internal sealed class FeatureRows
{
    private readonly byte[][] _numbers;
    private readonly ReadOnlyMemory<byte>[][] _texts;
    private readonly int[] _sizes;

    public FeatureRows(FeatureSpace space, int count)
    {
        (Space, Count) = (space, count);
        _sizes = [.. space.Inputs.Select(i => i.Type == OnnxType.BYTES ? 0 : i.Type.Size())];
        _numbers = [.. space.Inputs.Select((input, i) => new byte[checked(count * input.Width * _sizes[i])])];
        _texts = [.. space.Inputs.Select(i => new ReadOnlyMemory<byte>[i.Type == OnnxType.BYTES ? checked(count * i.Width) : 0])];
    }

    public FeatureSpace Space { get; }

    public int Count { get; }

    /// <summary>A copy of a request's tensors; Invalid when they are not columns of this space.</summary>
    public static Result<FeatureRows> From(InferenceRequest request, FeatureSpace space)
    {
        var rows = new FeatureRows(space, request.Rows);
        for (var i = 0; i < space.Inputs.Count; i++)
        {
            var input = space.Inputs[i];
            var given = request.Inputs.Find(t => t.Name == input.Name);
            if (given is null || given.Type != input.Type || given.Elements != rows.Count * input.Width)
            {
                return Problem.Invalid(given is null
                    ? $"{input.Name}: is missing"
                    : $"{input.Name}: has the shape [{string.Join(", ", given.Shape)}], {input.Width} values per row are needed");
            }

            if (given.Texts is { } texts)
            {
                texts.AsSpan(0, given.Elements).CopyTo(rows._texts[i]);
            }
            else
            {
                given.Numbers!.As<byte>()[..rows._numbers[i].Length].CopyTo(rows._numbers[i]);
            }
        }

        return rows;
    }

    /// <summary>Rows from another place of the same space, all columns.</summary>
    public void CopyRow(int row, FeatureRows from, int fromRow)
    {
        for (var i = 0; i < Space.Inputs.Count; i++)
        {
            var width = Space.Inputs[i].Width;
            var bytes = width * _sizes[i];
            from._numbers[i].AsSpan(fromRow * bytes, bytes).CopyTo(_numbers[i].AsSpan(row * bytes));
            if (_texts[i].Length > 0)
            {
                from._texts[i].AsSpan(fromRow * width, width).CopyTo(_texts[i].AsSpan(row * width));
            }
        }
    }

    public void CopyValue(int row, int column, FeatureRows from, int fromRow)
    {
        var (input, offset) = Space.Find(column);
        var (width, size) = (Space.Inputs[input].Width, _sizes[input]);
        if (size == 0)
        {
            _texts[input][(row * width) + offset] = from._texts[input][(fromRow * width) + offset];
            return;
        }

        from._numbers[input].AsSpan(((fromRow * width) + offset) * size, size).CopyTo(_numbers[input].AsSpan(((row * width) + offset) * size));
    }

    public bool SameValue(int row, int column, FeatureRows other, int otherRow) =>
        Space.IsText(column) ? Text(row, column).Span.SequenceEqual(other.Text(otherRow, column).Span) : Bytes(row, column).SequenceEqual(other.Bytes(otherRow, column));

    /// <summary>The value of a column of numbers; NaN when missing.</summary>
    public double Number(int row, int column) => ElementCodec.Read(Space.TypeOf(column), Bytes(row, column));

    public void SetNumber(int row, int column, double value) => ElementCodec.Write(Space.TypeOf(column), value, Bytes(row, column));

    public ReadOnlyMemory<byte> Text(int row, int column)
    {
        var (input, offset) = Space.Find(column);
        return _texts[input][(row * Space.Inputs[input].Width) + offset];
    }

    /// <summary>The value for a reader: a number, a text, or null for what is missing.</summary>
    public object? Value(int row, int column) =>
        Space.IsText(column) ? Encoding.UTF8.GetString(Text(row, column).Span)
        : Number(row, column) is var number && double.IsNaN(number) ? null
        : number;

    /// <summary>Some of the rows as a request; dispose it when the run over it has ended.</summary>
    public InferenceRequest ToRequest(int from, int count)
    {
        var request = new InferenceRequest();
        for (var i = 0; i < Space.Inputs.Count; i++)
        {
            var input = Space.Inputs[i];
            long[] shape = [count, .. input.RowShape];
            var elements = count * input.Width;
            if (_sizes[i] == 0)
            {
                request.Inputs.Add(new InputTensor(input.Name, input.Type, shape, null, _texts[i].AsSpan(from * input.Width, elements).ToArray(), elements));
                continue;
            }

            var buffer = OnnxBuffer.Rent(elements * _sizes[i]);
            _numbers[i].AsSpan(from * input.Width * _sizes[i], elements * _sizes[i]).CopyTo(buffer.As<byte>());
            request.Inputs.Add(new InputTensor(input.Name, input.Type, shape, buffer, null, elements));
        }

        return request;
    }

    /// <summary>Chosen rows as rows of their own.</summary>
    public FeatureRows Take(IReadOnlyList<int> rows)
    {
        var taken = new FeatureRows(Space, rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            taken.CopyRow(i, this, rows[i]);
        }

        return taken;
    }

    private Span<byte> Bytes(int row, int column)
    {
        var (input, offset) = Space.Find(column);
        var size = _sizes[input];
        return _numbers[input].AsSpan(((row * Space.Inputs[input].Width) + offset) * size, size);
    }
}
