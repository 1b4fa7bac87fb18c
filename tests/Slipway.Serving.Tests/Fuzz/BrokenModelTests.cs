using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Fuzz;

/// <summary>Model files that are wrong in every way: a condition says so, and the server goes on. (bench/serving spoils thousands, in children.)</summary>
public sealed class BrokenModelTests
{
    private static readonly byte[] X = OnnxWriter.Tensor("x", OnnxType.FP32, -1, 2);
    private static readonly byte[] Y = OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2);

    public static TheoryData<string> Broken => ["nothing", "no model", "cut off", "an opset of tomorrow", "a cycle", "weights that are not there", "weights larger than the file", "a node of nowhere"];

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task ABrokenModel_IsACondition_AndTheServerGoesOn(string how)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("good", OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        await host.ApplyAsync("good", "models:/good/1");
        await host.RegisterAsync("bad", Model(how));

        var service = await host.ApplyAsync("bad", "models:/bad/1");

        var ready = service.Status["conditions"]!.AsArray().Single(c => (string)c!["type"]! == "PredictorReady")!;
        Assert.Equal("False", (string)ready["status"]!);
        Assert.NotEmpty((string)ready["message"]!);
        using var refused = await host.Http.PostAsync("/v2/models/bad/infer", Body());
        Assert.Equal(503, (int)refused.StatusCode);
        using var answered = await host.Http.PostAsync("/v2/models/good/infer", Body());
        Assert.Equal(200, (int)answered.StatusCode);
    }

    /// <summary>Making up inputs for a first run must not ask for what the declaration says.</summary>
    [Theory]
    [InlineData(2_000_000_000, 2)]
    [InlineData(4_000_000_000, 4_000_000_000)]
    [InlineData(long.MaxValue, 1)]
    public async Task HugeDeclaredSizes_AreNotMadeUp_AndWrongRequestsAreRefused(long rows, long columns)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("huge", OnnxWriter.Identity(OnnxType.FP32, rows, columns));
        var before = GC.GetTotalAllocatedBytes();

        await host.ApplyAsync("huge", "models:/huge/1");

        Assert.True(GC.GetTotalAllocatedBytes() - before < 500_000_000, "inputs of the declared size were made up");
        using var response = await host.Http.PostAsync("/v2/models/huge/infer", Body());
        Assert.True((int)response.StatusCode is 400 or 503, $"{(int)response.StatusCode}");
    }

    private static byte[] Model(string how) => how switch
    {
        "nothing" => [0],
        "no model" => Encoding.UTF8.GetBytes("PK\u0003\u0004 this is an archive"),
        "cut off" => OnnxWriter.Identity(OnnxType.FP32, -1, 2)[..^20],
        "an opset of tomorrow" => OnnxWriter.Model([OnnxWriter.Node("Relu", ["x"], ["y"])], [X], [Y], opset: 9999),
        "a cycle" => OnnxWriter.Model([OnnxWriter.Node("Add", ["x", "b"], ["a"]), OnnxWriter.Node("Add", ["a", "x"], ["b"]), OnnxWriter.Node("Relu", ["a"], ["y"])], [X], [Y]),
        "weights that are not there" => OnnxWriter.Model([OnnxWriter.Node("MatMul", ["x", "w"], ["y"])], [X], [Y], weights: [External("w", "../../nowhere.bin")]),
        "weights larger than the file" => OnnxWriter.Model([OnnxWriter.Node("MatMul", ["x", "w"], ["y"])], [X], [Y], weights: [OnnxWriter.Weights("w", [2, 1L << 40], [1, 2])]),
        _ => OnnxWriter.Model([OnnxWriter.Node("NoSuchOperator", ["x"], ["y"])], [X], [Y]),
    };

    /// <summary>A weight kept in another file (TensorProto: dims 1, data_type 2, name 8, external_data 13, data_location 14).</summary>
    private static byte[] External(string name, string file)
    {
        byte[] entry = [.. Field(1, "location"), .. Field(2, file)];
        return [8, 2, 8, 2, 16, 1, .. Field(8, name), (13 << 3) | 2, (byte)entry.Length, .. entry, 14 << 3, 1];

        static byte[] Field(int number, string text) => [(byte)((number << 3) | 2), (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];
    }

    private static StringContent Body() => new("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
}
