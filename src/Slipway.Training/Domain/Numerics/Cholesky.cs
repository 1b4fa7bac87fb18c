namespace Slipway.Training.Domain.Numerics;

/// <summary>Solves A x = b for a symmetric positive definite A.</summary>
internal static class Cholesky
{
    /// <param name="matrix">[size * size], row by row; only the lower triangle is read, and it is overwritten by the factor.</param>
    /// <param name="rightHandSide">Becomes the solution.</param>
    public static void Solve(double[] matrix, double[] rightHandSide)
    {
        var size = rightHandSide.Length;
        for (var i = 0; i < size; i++)
        {
            var row = matrix.AsSpan(i * size, size);
            for (var j = 0; j <= i; j++)
            {
                var other = matrix.AsSpan(j * size, size);
                var rest = row[j] - Vectors.Dot(row[..j], other[..j]);
                // A pivot that rounding has eaten belongs to a column that the others already explain; a large one leaves it at weight 0.
                row[j] = i != j ? rest / other[j] : rest > 1e-12 * Math.Max(row[j], 1e-300) ? Math.Sqrt(rest) : 1e150;
            }
        }

        for (var i = 0; i < size; i++)
        {
            var row = matrix.AsSpan(i * size, size);
            rightHandSide[i] = (rightHandSide[i] - Vectors.Dot(row[..i], rightHandSide.AsSpan(0, i))) / row[i];
        }

        for (var i = size - 1; i >= 0; i--)
        {
            var sum = rightHandSide[i];
            for (var k = i + 1; k < size; k++)
            {
                sum -= matrix[(k * size) + i] * rightHandSide[k];
            }

            rightHandSide[i] = sum / matrix[(i * size) + i];
        }
    }
}
