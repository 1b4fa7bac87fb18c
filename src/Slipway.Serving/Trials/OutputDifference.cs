using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Trials;

/// <summary>How far two models' answers to one request are apart.</summary>
/// <param name="Agrees">Every text and whole number is the same, and every other number within the tolerance.</param>
/// <param name="Numbers">Numbers compared.</param>
/// <param name="Sum">Of their absolute differences.</param>
internal readonly record struct OutputDifference(bool Agrees, long Numbers, double Sum, double Max)
{
    /// <summary>Floating-point numbers of two builds of one model differ in the last digits.</summary>
    private const double Tolerance = 1e-5;

    /// <summary>Output by output, by name. Outputs that only one of the models has, or of another shape or type, are a disagreement.</summary>
    public static OutputDifference Between(TensorSet answered, TensorSet shadow)
    {
        var (agrees, numbers, sum, max) = (answered.Count == shadow.Count, 0L, 0.0, 0.0);
        for (var i = 0; i < answered.Count; i++)
        {
            var other = PlaceOf(shadow, answered.Spec(i).Name);
            if (other < 0 || !answered.Shape(i).SequenceEqual(shadow.Shape(other))
                || (answered.Spec(i).Type == OnnxType.BYTES) != (shadow.Spec(other).Type == OnnxType.BYTES))
            {
                agrees = false;
                continue;
            }

            if (answered.Spec(i).Type == shadow.Spec(other).Type && answered.Spec(i).Type != OnnxType.BYTES && answered.Bytes(i).SequenceEqual(shadow.Bytes(other)))
            {
                numbers += answered.Elements(i);
                continue;
            }

            for (var element = 0; element < answered.Elements(i); element++)
            {
                if (answered.Spec(i).Type == OnnxType.BYTES)
                {
                    agrees &= answered.Text(i, element).SequenceEqual(shadow.Text(other, element));
                    continue;
                }

                var (one, two) = (Number(OutputElement.Read(answered, i, element)), Number(OutputElement.Read(shadow, other, element)));
                var apart = Math.Abs(one - two);
                if (double.IsNaN(apart))
                {
                    // Infinities of one sign, or both not a number, are the same; anything else of the kind is not.
                    agrees &= one.Equals(two);
                    continue;
                }

                agrees &= apart <= Tolerance * Math.Max(1, Math.Max(Math.Abs(one), Math.Abs(two)));
                (numbers, sum, max) = (numbers + 1, sum + apart, Math.Max(max, apart));
            }
        }

        return new OutputDifference(agrees, numbers, sum, max);
    }

    private static int PlaceOf(TensorSet outputs, string name)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Spec(i).Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private static double Number(object element) => element switch
    {
        double number => number,
        long whole => whole,
        ulong whole => whole,
        bool flag => flag ? 1 : 0,
        _ => double.NaN,
    };
}
