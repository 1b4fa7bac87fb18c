using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Bench.Serving;

/// <summary>The networks of the comparison, with weights drawn from a fixed seed.</summary>
internal static class Networks
{
    /// <summary>30-64-64-2, as a tabular classifier has it.</summary>
    public static byte[] Tabular(int seed = 1)
    {
        var random = new Random(seed);
        return OnnxWriter.Model(
            [
                OnnxWriter.Node("Gemm", ["x", "w1", "b1"], ["h1"]), OnnxWriter.Node("Relu", ["h1"], ["r1"]),
                OnnxWriter.Node("Gemm", ["r1", "w2", "b2"], ["h2"]), OnnxWriter.Node("Relu", ["h2"], ["r2"]),
                OnnxWriter.Node("Gemm", ["r2", "w3", "b3"], ["h3"]), OnnxWriter.Node("Softmax", ["h3"], ["y"], "", OnnxWriter.Int("axis", 1)),
            ],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 30)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)],
            weights:
            [
                Weights(random, "w1", 30, 64), Weights(random, "b1", 64), Weights(random, "w2", 64, 64), Weights(random, "b2", 64),
                Weights(random, "w3", 64, 2), Weights(random, "b3", 2),
            ]);
    }

    /// <summary>512-1024-768-10: 5 MB of weights; each seed is a model of its own.</summary>
    public static byte[] FiveMegabytes(int seed) => Layers(seed, 1024, 768);

    /// <summary>512-2048-2048-10: 21 MB of weights, which one row reads as well as thirty.</summary>
    public static byte[] Wide() => Layers(4, 2048, 2048);

    /// <summary>3x64x64 through five convolutions: some milliseconds on one core.</summary>
    public static byte[] Convolutional()
    {
        var random = new Random(2);
        byte[][] same = [OnnxWriter.Ints("kernel_shape", 3, 3), OnnxWriter.Ints("pads", 1, 1, 1, 1)];
        var (nodes, weights) = (new List<byte[]>(), new List<byte[]>());
        var (from, channels) = ("x", 3);
        for (var layer = 0; layer < 5; layer++)
        {
            weights.Add(Weights(random, $"w{layer}", 32, channels, 3, 3));
            nodes.Add(OnnxWriter.Node("Conv", [from, $"w{layer}"], [$"c{layer}"], "", same));
            nodes.Add(OnnxWriter.Node("Relu", [$"c{layer}"], [$"r{layer}"]));
            (from, channels) = ($"r{layer}", 32);
        }

        nodes.Add(OnnxWriter.Node("GlobalAveragePool", [from], ["p"]));
        nodes.Add(OnnxWriter.Node("Flatten", ["p"], ["f"], "", OnnxWriter.Int("axis", 1)));
        weights.Add(Weights(random, "w", 32, 10));
        nodes.Add(OnnxWriter.Node("MatMul", ["f", "w"], ["y"]));
        return OnnxWriter.Model(
            [.. nodes], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 3, 64, 64)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 10)], weights: [.. weights]);
    }

    /// <summary>512 numbers through two hidden layers to 10.</summary>
    private static byte[] Layers(int seed, int first, int second)
    {
        var random = new Random(seed);
        return OnnxWriter.Model(
            [
                OnnxWriter.Node("Gemm", ["x", "w1", "b1"], ["h1"]), OnnxWriter.Node("Relu", ["h1"], ["r1"]),
                OnnxWriter.Node("Gemm", ["r1", "w2", "b2"], ["h2"]), OnnxWriter.Node("Relu", ["h2"], ["r2"]),
                OnnxWriter.Node("Gemm", ["r2", "w3", "b3"], ["y"]),
            ],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 512)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 10)],
            weights:
            [
                Weights(random, "w1", 512, first), Weights(random, "b1", first), Weights(random, "w2", first, second), Weights(random, "b2", second),
                Weights(random, "w3", second, 10), Weights(random, "b3", 10),
            ]);
    }

    private static byte[] Weights(Random random, string name, params long[] dims) => OnnxWriter.Weights(
        name, dims, [.. Enumerable.Range(0, (int)dims.Aggregate((a, b) => a * b)).Select(_ => (random.NextSingle() - 0.5f) * 0.4f)]);
}
