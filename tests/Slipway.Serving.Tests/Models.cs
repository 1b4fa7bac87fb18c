using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests;

/// <summary>Small models whose answers a test can work out in its head.</summary>
internal static class Models
{
    private static readonly byte[] City = OnnxWriter.Tensor("city", OnnxType.BYTES, -1, 1);
    private static readonly byte[] Sales = OnnxWriter.Tensor("sales", OnnxType.FP32, -1, 1);
    private static readonly byte[] Prediction = OnnxWriter.Tensor("prediction", OnnxType.FP32, -1, 1);

    /// <summary>prediction = sales.</summary>
    public static byte[] Once { get; } = OnnxWriter.Model([OnnxWriter.Node("Identity", ["sales"], ["prediction"])], [City, Sales], [Prediction]);

    /// <summary>prediction = 2 sales.</summary>
    public static byte[] Twice { get; } = OnnxWriter.Model([OnnxWriter.Node("Add", ["sales", "sales"], ["prediction"])], [City, Sales], [Prediction]);

    /// <summary>prediction = sales squared.</summary>
    public static byte[] Squared { get; } = OnnxWriter.Model([OnnxWriter.Node("Mul", ["sales", "sales"], ["prediction"])], [City, Sales], [Prediction]);

    /// <summary>Needs an input that requests for the others do not have.</summary>
    public static byte[] Other { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("Add", ["sales", "more"], ["prediction"])], [City, Sales, OnnxWriter.Tensor("more", OnnxType.FP32, -1, 1)], [Prediction]);

    /// <summary>label = city; probabilities = softmax of (a, b).</summary>
    public static byte[] Classifier { get; } =
    [
        .. OnnxWriter.Model(
            [
                OnnxWriter.Node("Identity", ["city"], ["label"]),
                OnnxWriter.Node("Concat", ["a", "b"], ["both"], "", OnnxWriter.Int("axis", 1)),
                OnnxWriter.Node("Softmax", ["both"], ["probabilities"], "", OnnxWriter.Int("axis", 1)),
            ],
            [City, OnnxWriter.Tensor("a", OnnxType.FP32, -1, 1), OnnxWriter.Tensor("b", OnnxType.FP32, -1, 1)],
            [OnnxWriter.Tensor("label", OnnxType.BYTES, -1, 1), OnnxWriter.Tensor("probabilities", OnnxType.FP32, -1, 2)]),
        .. Property("classes", "[\"no\",\"yes\"]"),
    ];

    /// <summary>label = city, prediction = sales; batch = the mean of sales over all rows of the run, which tells who ran together.</summary>
    public static byte[] BatchMean { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("Identity", ["city"], ["label"]), OnnxWriter.Node("Identity", ["sales"], ["prediction"]),
            OnnxWriter.Node("ReduceMean", ["sales"], ["mean"], "", OnnxWriter.Ints("axes", 0), OnnxWriter.Int("keepdims", 1)),
            OnnxWriter.Node("Sub", ["sales", "sales"], ["zero"]), OnnxWriter.Node("Add", ["zero", "mean"], ["batch"]),
        ],
        [City, Sales], [OnnxWriter.Tensor("label", OnnxType.BYTES, -1, 1), Prediction, OnnxWriter.Tensor("batch", OnnxType.FP32, -1, 1)]);

    /// <summary>y = x after so many turns of a loop: a run that takes as long as its caller wants.</summary>
    public static byte[] Slow { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("Loop", ["turns", "", "x"], ["y"], "", OnnxWriter.Graph(
                "body",
                [OnnxWriter.Node("Identity", ["go"], ["on"]), OnnxWriter.Node("Identity", ["v"], ["w"])],
                [OnnxWriter.Tensor("turn", OnnxType.INT64), OnnxWriter.Tensor("go", OnnxType.BOOL), OnnxWriter.Tensor("v", OnnxType.FP32, -1, 1)],
                [OnnxWriter.Tensor("on", OnnxType.BOOL), OnnxWriter.Tensor("w", OnnxType.FP32, -1, 1)])),
        ],
        [OnnxWriter.Tensor("turns", OnnxType.INT64, 1), OnnxWriter.Tensor("x", OnnxType.FP32, -1, 1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 1)]);

    public static byte[] Broken { get; } = Encoding.UTF8.GetBytes("this is no model");

    /// <summary>metadata_props of a model; protobuf lets it be appended.</summary>
    private static byte[] Property(string key, string value)
    {
        byte[] entry = [(1 << 3) | 2, (byte)key.Length, .. Encoding.UTF8.GetBytes(key), (2 << 3) | 2, (byte)value.Length, .. Encoding.UTF8.GetBytes(value)];
        return [(14 << 3) | 2, (byte)entry.Length, .. entry];
    }
}
