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

    public static byte[] Broken { get; } = Encoding.UTF8.GetBytes("this is no model");

    /// <summary>metadata_props of a model; protobuf lets it be appended.</summary>
    private static byte[] Property(string key, string value)
    {
        byte[] entry = [(1 << 3) | 2, (byte)key.Length, .. Encoding.UTF8.GetBytes(key), (2 << 3) | 2, (byte)value.Length, .. Encoding.UTF8.GetBytes(value)];
        return [(14 << 3) | 2, (byte)entry.Length, .. entry];
    }
}
