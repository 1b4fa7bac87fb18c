using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Values;

/// <summary>Models whose inputs or outputs are more than tensors, as exporters write them.</summary>
internal static class ValueModels
{
    private static readonly byte[] X = OnnxWriter.Tensor("X", OnnxType.FP32, -1, 2);

    /// <summary>What skl2onnx makes of a classifier of three classes: class k's score is 1, x0 or x1.</summary>
    public static byte[] Sklearn { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("LinearClassifier", ["X"], ["label", "scores"], "ai.onnx.ml",
                OnnxWriter.Floats("coefficients", 0, 0, 1, 0, 0, 1), OnnxWriter.Floats("intercepts", 1, 0, 0),
                OnnxWriter.Strings("classlabels_strings", "ham", "news", "spam"), OnnxWriter.String("post_transform", "NONE")),
            OnnxWriter.Node("Cast", ["scores"], ["probabilities"], "", OnnxWriter.Int("to", 1)),
            OnnxWriter.Node("Identity", ["label"], ["output_label"]),
            OnnxWriter.Node("ZipMap", ["probabilities"], ["output_probability"], "ai.onnx.ml", OnnxWriter.Strings("classlabels_strings", "ham", "news", "spam")),
        ],
        [X], [OnnxWriter.Tensor("output_label", OnnxType.BYTES, -1), OnnxWriter.SequenceOfMaps("output_probability", OnnxType.BYTES)]);

    /// <summary>Classes that are numbers, and an output that nobody would call probabilities.</summary>
    public static byte[] NumberedClasses { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("ArgMax", ["X"], ["y"], "", OnnxWriter.Int("axis", 1), OnnxWriter.Int("keepdims", 0)),
            OnnxWriter.Node("ZipMap", ["X"], ["p"], "ai.onnx.ml", OnnxWriter.Ints("classlabels_int64s", 10, 20)),
        ],
        [X], [OnnxWriter.Tensor("y", OnnxType.INT64, -1), OnnxWriter.SequenceOfMaps("p", OnnxType.INT64)]);

    /// <summary>parts = the columns of X, one tensor each; n = how many.</summary>
    public static byte[] Columns { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("SplitToSequence", ["X"], ["parts"], "", OnnxWriter.Int("axis", 1), OnnxWriter.Int("keepdims", 0)),
            OnnxWriter.Node("SequenceLength", ["parts"], ["n"]),
        ],
        [OnnxWriter.Tensor("X", OnnxType.FP32, -1, -1)], [OnnxWriter.SequenceOfTensors("parts"), OnnxWriter.Tensor("n", OnnxType.INT64)]);

    /// <summary>whole = the texts of all parts, one after another.</summary>
    public static byte[] Joined { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("ConcatFromSequence", ["parts"], ["whole"], "", OnnxWriter.Int("axis", 0))],
        [OnnxWriter.SequenceOfTensors("parts", OnnxType.BYTES)], [OnnxWriter.Tensor("whole", OnnxType.BYTES, -1)]);

    /// <summary>What skl2onnx makes of a DictVectorizer: counts of "a", "b" and "c".</summary>
    public static byte[] Words { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("DictVectorizer", ["words"], ["counts"], "ai.onnx.ml", OnnxWriter.Strings("string_vocabulary", "a", "b", "c"))],
        [OnnxWriter.Map("words", OnnxType.BYTES, OnnxType.INT64)], [OnnxWriter.Tensor("counts", OnnxType.INT64, 1, 3)]);

    /// <summary>y = X * factor, which is 10 unless it is sent.</summary>
    public static byte[] Scaled { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("Mul", ["X", "factor"], ["y"])], [X, OnnxWriter.Tensor("factor", OnnxType.FP32, 1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)],
        weights: [OnnxWriter.Weights("factor", [1], new[] { 10f })]);

    /// <summary>y = mask when it is sent, else X.</summary>
    public static byte[] Masked { get; } = OnnxWriter.Model(
        [
            OnnxWriter.Node("OptionalHasElement", ["mask"], ["there"]),
            OnnxWriter.Node("If", ["there"], ["y"], "",
                OnnxWriter.Graph("then_branch", [OnnxWriter.Node("OptionalGetElement", ["mask"], ["a"])], [], [OnnxWriter.Tensor("a", OnnxType.FP32, -1, 2)]),
                OnnxWriter.Graph("else_branch", [OnnxWriter.Node("Identity", ["X"], ["b"])], [], [OnnxWriter.Tensor("b", OnnxType.FP32, -1, 2)])),
        ],
        [X, OnnxWriter.OptionalTensor("mask", OnnxType.FP32, sequence: false, -1, 2)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)]);

    /// <summary>y = -x for an x of any number of dimensions.</summary>
    public static byte[] AnyShape { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("Neg", ["x"], ["y"])], [OnnxWriter.Shapeless("x", OnnxType.FP32)], [OnnxWriter.Shapeless("y", OnnxType.FP32)]);

    /// <summary>Wants a list of maps, as no operator of the runtime takes one.</summary>
    public static byte[] WantsMaps { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("Identity", ["X"], ["y"])], [X, OnnxWriter.SequenceOfMaps("rows", OnnxType.INT64)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)]);
}
