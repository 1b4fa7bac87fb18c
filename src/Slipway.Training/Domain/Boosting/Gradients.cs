using System.Runtime.InteropServices;

namespace Slipway.Training.Domain.Boosting;

/// <summary>First and second derivatives of the loss at the present predictions, in float32 as in the well-known libraries: sums are kept in double.</summary>
internal sealed class Gradients(int rows, bool constantHessian)
{
    public bool ConstantHessian { get; } = constantHessian;

    /// <summary>Gradients, or (gradient, hessian) pairs.</summary>
    public float[] Values { get; } = new float[constantHessian ? rows : rows * 2];

    public int Stride => ConstantHessian ? 2 : 4;

    /// <summary>Copies the values of the given rows next to one another, so that every feature's pass reads them in sequence.</summary>
    public void Gather(ReadOnlySpan<int> rows, Span<float> into)
    {
        if (ConstantHessian)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                into[i] = Values[rows[i]];
            }
        }
        else
        {
            var pairs = MemoryMarshal.Cast<float, double>(Values);
            var ordered = MemoryMarshal.Cast<float, double>(into);
            for (var i = 0; i < rows.Length; i++)
            {
                ordered[i] = pairs[rows[i]];
            }
        }
    }

    public NodeSums Sum(ReadOnlySpan<int> rows)
    {
        var (gradient, hessian) = (0.0, 0.0);
        foreach (var row in rows)
        {
            gradient += ConstantHessian ? Values[row] : Values[row * 2];
            hessian += ConstantHessian ? 1 : Values[(row * 2) + 1];
        }

        return new NodeSums(gradient, hessian, rows.Length);
    }
}
