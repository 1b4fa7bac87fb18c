using Slipway.Engines.Onnx;
using Slipway.Kernel.Frames;

namespace Slipway.Training.Tests.Support;

/// <summary>Runs an exported model in the real runtime over a frame.</summary>
internal static class OnnxRun
{
    public static float[] Predictions(byte[] bytes, Frame frame) => Run(bytes, frame, outputs => outputs.Values<float>(0).ToArray());

    public static (T[] Labels, float[] Probabilities) Classes<T>(byte[] bytes, Frame frame) => Run(bytes, frame, outputs =>
    {
        var labels = typeof(T) == typeof(string) ? (T[])(object)outputs.Strings(0) : (T[])(object)outputs.Values<long>(0).ToArray();
        return (labels, outputs.Values<float>(1).ToArray());
    });

    private static T Run<T>(byte[] bytes, Frame frame, Func<OnnxOutputs, T> read)
    {
        using var model = OnnxModel.Load(bytes).OrThrow();
        Assert.Equal(frame.Columns.Select(c => c.Name), model.Inputs.Select(i => i.Name));
        long[] shape = [frame.Rows, 1];
        OnnxInput[] inputs = [.. frame.Columns.Select(c => c is TextColumn text
            ? OnnxInput.Strings(c.Name, Array.ConvertAll(text.Values, v => v ?? ""), shape)
            : OnnxInput.From(c.Name, Array.ConvertAll(((NumericColumn)c).Values, v => (float)v), shape))];
        using var outputs = model.Run(inputs).OrThrow();
        return read(outputs);
    }

    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(Math.Abs(expected[i]), 1e-6),
                $"row {i}: trainer {expected[i]:R}, runtime {actual[i]:R}");
        }
    }
}
