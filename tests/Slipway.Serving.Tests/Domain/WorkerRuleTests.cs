using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Domain;

public sealed class WorkerRuleTests
{
    private static readonly ScaleSpec Scale = ScaleSpec.One with { Min = 1, Max = 5, Target = 2, Window = TimeSpan.FromSeconds(10) };

    [Fact]
    public void Autoscaler_GoesUpAtOnce_AndDownOnlyWhenTheWindowNeededNoMore()
    {
        var scaler = new Autoscaler();
        Assert.Equal(1, scaler.Decide(Scale, Seconds(0), 0));

        // The mean of 0 and 8 asks for two, that of four eights for four.
        Assert.Equal([2, 3, 3, 4], Enumerable.Range(1, 4).Select(s => scaler.Decide(Scale, Seconds(s), 8)));
        Assert.Equal(5, Enumerable.Range(5, 4).Select(s => scaler.Decide(Scale, Seconds(s), 1000)).Last());
        Assert.All(Enumerable.Range(9, 10), s => Assert.Equal(5, scaler.Decide(Scale, Seconds(s), 0)));
        Assert.Equal(1, Enumerable.Range(19, 8).Select(s => scaler.Decide(Scale, Seconds(s), 0)).Last());
    }

    [Fact]
    public void Autoscaler_KeepsItsBounds_AndAnAwakeModelHasACopy()
    {
        Assert.Equal(3, new Autoscaler().Decide(Scale with { Min = 3 }, Seconds(0), 0));
        Assert.Equal(1, new Autoscaler().Decide(Scale with { Min = 0, Max = 1 }, Seconds(0), 0));
        Assert.Equal(5, new Autoscaler().Decide(Scale, Seconds(0), double.MaxValue));
    }

    [Fact]
    public void RestartDelay_IsNoneAtFirst_AndEndsAtHalfAMinute() => Assert.Equal(
        [0, 0.25, 0.5, 1, 30, 30], new[] { 1, 2, 3, 4, 12, int.MaxValue }.Select(ends => RestartDelay.After(ends).TotalSeconds));

    [Theory]
    [InlineData(OnnxType.FP32, OnnxType.FP64, true)]
    [InlineData(OnnxType.FP64, OnnxType.FP32, false)]
    [InlineData(OnnxType.INT64, OnnxType.FP64, true)]
    [InlineData(OnnxType.INT64, OnnxType.FP32, false)]
    [InlineData(OnnxType.INT32, OnnxType.FP32, false)]
    [InlineData(OnnxType.INT16, OnnxType.FP32, true)]
    [InlineData(OnnxType.UINT8, OnnxType.INT8, false)]
    [InlineData(OnnxType.UINT8, OnnxType.INT16, true)]
    [InlineData(OnnxType.INT8, OnnxType.UINT64, false)]
    [InlineData(OnnxType.BOOL, OnnxType.INT8, true)]
    [InlineData(OnnxType.INT8, OnnxType.BOOL, false)]
    [InlineData(OnnxType.FP16, OnnxType.INT64, false)]
    [InlineData(OnnxType.BF16, OnnxType.FP32, true)]
    [InlineData(OnnxType.BYTES, OnnxType.FP64, false)]
    [InlineData(OnnxType.FP64, OnnxType.BYTES, false)]
    public void Casts_AreSafeAsNumpyHasThem(OnnxType from, OnnxType to, bool safe) => Assert.Equal(safe, TypeCasts.IsSafe(from, to));

    [Theory]
    [InlineData("500m", 0.5)]
    [InlineData("2", 2)]
    [InlineData("1.5Gi", 1610612736)]
    [InlineData("1k", 1000)]
    public void Quantities_AreReadAsKubernetesWritesThem(string text, double amount) => Assert.Equal(amount, Quantity.TryParse(text, out var read) ? read : double.NaN);

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("-1")]
    [InlineData("1 Gi")]
    [InlineData("1e999")]
    public void OtherQuantities_AreRefused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void SettingsOfWorkers_SurviveTheirText_WhichDoesNotDependOnTheOrderOfVariables()
    {
        var predictor = JsonNode.Parse("""{"model":{"env":[{"name":"B","value":"2"},{"name":"A","value":"1"}],"args":["--x"],"resources":{"limits":{"memory":"1Gi","cpu":"500m"}}}}""");
        var annotations = JsonNode.Parse("""{"slipway.dev/python":"torch","slipway.dev/predict-method":"transform","slipway.dev/predict-seconds":"7"}""");
        var faults = new List<Fault>();

        var spec = WorkerSpec.Read(predictor, annotations, "p", faults);

        Assert.Empty(faults);
        Assert.Equal("""{"python":"torch","method":"transform","env":{"A":"1","B":"2"},"args":["--x"],"memory":1073741824,"cpu":0.5,"seconds":7}""", spec.ToText());
        Assert.Equal(spec.ToText(), WorkerSpec.Parse(spec.ToText()).ToText());
    }

    [Theory]
    [InlineData("onnx", "onnx", "", "onnx")]
    [InlineData("mlflow", "onnx", "onnx,python_function", "onnx")]
    [InlineData("sklearn", "onnx", "onnx,sklearn", "sklearn")]
    [InlineData("mlflow", "sklearn", "python_function,sklearn", "mlflow")]
    [InlineData("python", "files", "", "python")]
    [InlineData("xgboost", "files", "", "xgboost")]
    [InlineData("xgboost", "sklearn", "python_function,sklearn", null)]
    [InlineData("onnx", "sklearn", "python_function,sklearn", null)]
    [InlineData("mlflow", "files", "", null)]
    public void AVersion_IsOpenedAsWhatItIs_OrNotAtAll(string asked, string registered, string flavors, string? chosen)
    {
        var result = ModelFormats.Choose(asked, registered, flavors.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(chosen, result.Succeeded ? result.Value : null);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
