using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Training.Ports;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Training;

namespace Slipway.Serving.Tests.Explanations;

/// <summary>Models of trees as files: by our own training, and in the forms that converters write.</summary>
internal static class TreeModelFiles
{
    private static readonly string[] Cities = ["Austin", "Boston", "Chicago", "Denver"];

    /// <summary>x, z (numbers, some missing) and city (text): y = 3x + 2 when it is Boston or Denver, + z x.</summary>
    public static async Task<byte[]> TrainedAsync(LearningTask task, string algorithm = "gradient-boosting")
    {
        var random = new Random(5);
        var x = Enumerable.Range(0, 400).Select(_ => random.NextDouble() < 0.05 ? double.NaN : Math.Round((random.NextDouble() * 4) - 2, 2)).ToArray();
        var z = x.Select(_ => Math.Round(random.NextDouble() * 2, 2)).ToArray();
        var city = x.Select(_ => Cities[random.Next(Cities.Length)]).ToArray();
        var y = x.Select((v, i) => (3 * (double.IsNaN(v) ? 0 : v)) + (city[i] is "Boston" or "Denver" ? 2 : 0) + (z[i] * (double.IsNaN(v) ? 0 : v))).ToArray();
        var features = new Frame([new NumericColumn("x", x), new NumericColumn("z", z), new TextColumn("city", city)]);
        Column target = task switch
        {
            LearningTask.Regression => new NumericColumn("y", y),
            LearningTask.Binary => new TextColumn("y", [.. y.Select(v => v > 1 ? "yes" : "no")]),
            _ => new TextColumn("y", [.. y.Select(v => v < -1 ? "low" : v < 2 ? "middle" : "top")]),
        };
        var services = new ServiceCollection();
        new TrainingModule().AddServices(services, new ConfigurationBuilder().Build());
        await using var provider = services.BuildServiceProvider();
        var parameters = algorithm == "linear" ? new Dictionary<string, string>() : new Dictionary<string, string> { ["max_iter"] = "15", ["max_leaf_nodes"] = "12" };
        var trained = await provider.GetRequiredService<ITrainer>().TrainAsync(new TrainingRequest(features, target, task, algorithm, parameters, 1), CancellationToken.None);
        return trained.OrThrow().Onnx;
    }

    /// <summary>
    /// Two trees over X [-1, 3] as xgboost's and scikit-learn's converters write them: float attributes, hit rates of 1, one input.
    /// Tree 0: X0 &lt;= 0.5 (missing: yes) ? a : b. Tree 1: X1 is 2 or 3 ? (X2 &lt; 1 ? c : d) : e, the set as a chain of "equals".
    /// </summary>
    /// <param name="scaled">A Scaler before the trees, which halves every column.</param>
    public static byte[] Regressor(string aggregate = "SUM", float[]? bases = null, string transform = "NONE", bool scaled = false)
    {
        byte[][] nodes =
        [
            .. scaled ? [OnnxWriter.Node("Scaler", ["X"], ["S"], "ai.onnx.ml", OnnxWriter.Floats("offset", 0, 0, 0), OnnxWriter.Floats("scale", 0.5f, 0.5f, 0.5f))] : Array.Empty<byte[]>(),
            OnnxWriter.Node(
                "TreeEnsembleRegressor", [scaled ? "S" : "X"], ["variable"], "ai.onnx.ml",
                [.. Splits(), OnnxWriter.Int("n_targets", 1), OnnxWriter.String("aggregate_function", aggregate), OnnxWriter.String("post_transform", transform),
                    .. bases is null ? Array.Empty<byte[]>() : [OnnxWriter.Floats("base_values", bases)], .. Leaves("target", [0, 0, 0, 0, 0], [1f, -2f, 3f, 0.5f, -1f])]),
        ];
        return OnnxWriter.Model(nodes, [OnnxWriter.Tensor("X", OnnxType.FP32, -1, 3)], [OnnxWriter.Tensor("variable", OnnxType.FP32, -1, 1)]);
    }

    /// <param name="ids">The class of each leaf; all the same for the binary form of one score.</param>
    public static byte[] Classifier(string transform, int classes, long[] ids, float[] bases) => OnnxWriter.Model(
        [
            OnnxWriter.Node(
                "TreeEnsembleClassifier", ["X"], ["label", "probabilities"], "ai.onnx.ml",
                [.. Splits(), OnnxWriter.Ints("classlabels_int64s", [.. Enumerable.Range(10, classes).Select(i => (long)i)]), OnnxWriter.String("post_transform", transform),
                    .. bases.Length == 0 ? Array.Empty<byte[]>() : [OnnxWriter.Floats("base_values", bases)], .. Leaves("class", ids, [1f, -2f, 3f, 0.5f, -1f])]),
        ],
        [OnnxWriter.Tensor("X", OnnxType.FP32, -1, 3)],
        [OnnxWriter.Tensor("label", OnnxType.INT64, -1), OnnxWriter.Tensor("probabilities", OnnxType.FP32, -1, classes)]);

    /// <summary>y = a b + c, which is no tree.</summary>
    public static byte[] Product { get; } = OnnxWriter.Model(
        [OnnxWriter.Node("Mul", ["a", "b"], ["ab"]), OnnxWriter.Node("Add", ["ab", "c"], ["prediction"])],
        [OnnxWriter.Tensor("a", OnnxType.FP32, -1, 1), OnnxWriter.Tensor("b", OnnxType.FP32, -1, 1), OnnxWriter.Tensor("c", OnnxType.FP32, -1, 1)],
        [OnnxWriter.Tensor("prediction", OnnxType.FP32, -1, 1)]);

    private static byte[][] Splits() =>
    [
        OnnxWriter.Ints("nodes_treeids", 0, 0, 0, 1, 1, 1, 1, 1, 1), OnnxWriter.Ints("nodes_nodeids", 0, 1, 2, 0, 1, 2, 3, 4, 5),
        OnnxWriter.Ints("nodes_featureids", 0, 0, 0, 1, 1, 2, 0, 0, 0),
        OnnxWriter.Strings("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_EQ", "BRANCH_EQ", "BRANCH_LT", "LEAF", "LEAF", "LEAF"),
        OnnxWriter.Floats("nodes_values", 0.5f, 0, 0, 2, 3, 1, 0, 0, 0), OnnxWriter.Floats("nodes_hitrates", 1, 1, 1, 1, 1, 1, 1, 1, 1),
        OnnxWriter.Ints("nodes_truenodeids", 1, 0, 0, 2, 2, 3, 0, 0, 0), OnnxWriter.Ints("nodes_falsenodeids", 2, 0, 0, 1, 5, 4, 0, 0, 0),
        OnnxWriter.Ints("nodes_missing_value_tracks_true", 1, 0, 0, 0, 0, 0, 0, 0, 0),
    ];

    private static byte[][] Leaves(string kind, long[] ids, float[] weights) =>
    [
        OnnxWriter.Ints($"{kind}_treeids", 0, 0, 1, 1, 1), OnnxWriter.Ints($"{kind}_nodeids", 1, 2, 3, 4, 5), OnnxWriter.Ints($"{kind}_ids", ids), OnnxWriter.Floats($"{kind}_weights", weights),
    ];
}
