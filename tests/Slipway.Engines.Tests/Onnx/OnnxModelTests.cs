using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Tests.Onnx;

public sealed class OnnxModelTests
{
    [Fact]
    public void Identity_EveryNumericType_ComesBackAsSent()
    {
        RoundTrip([1.5f, -0f, float.NaN, float.MaxValue], OnnxType.FP32);
        RoundTrip([1.5, double.NegativeInfinity, double.Epsilon, 0], OnnxType.FP64);
        RoundTrip<sbyte>([-128, 127, 0, 1], OnnxType.INT8);
        RoundTrip<short>([short.MinValue, short.MaxValue, 0, 1], OnnxType.INT16);
        RoundTrip([int.MinValue, int.MaxValue, 0, 1], OnnxType.INT32);
        RoundTrip([long.MinValue, long.MaxValue, (1L << 53) + 1, 1], OnnxType.INT64);
        RoundTrip<byte>([0, 255, 7, 1], OnnxType.UINT8);
        RoundTrip<ushort>([0, ushort.MaxValue, 7, 1], OnnxType.UINT16);
        RoundTrip<uint>([0, uint.MaxValue, 7, 1], OnnxType.UINT32);
        RoundTrip<ulong>([0, ulong.MaxValue, 7, 1], OnnxType.UINT64);
        RoundTrip([true, false, false, true], OnnxType.BOOL);
        RoundTrip([(Half)1.5f, Half.MaxValue, (Half)(-2), (Half)0], OnnxType.FP16);
    }

    [Fact]
    public void Load_ModelWithFreeSizes_DescribesInputsAndOutputs()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.INT64, -1, 3));

        var input = Assert.Single(model.Inputs);
        Assert.Equal("x", input.Name);
        Assert.Equal("INT64", input.Datatype);
        Assert.Equal([-1, 3], input.Dims);
        Assert.Equal("y", Assert.Single(model.Outputs).Name);
    }

    [Fact]
    public void Run_DifferentBatchSizes_EachGetsItsShape()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        foreach (var rows in (int[])[1, 0, 7, 300])
        {
            var values = Enumerable.Range(0, rows * 2).Select(i => (float)i).ToArray();
            using var outputs = model.Run([OnnxInput.From("x", values, new long[] { rows, 2 })]).OrThrow();
            Assert.Equal([rows, 2], outputs.Shape(0).ToArray());
            Assert.Equal(values, outputs.Values<float>(0).ToArray());
        }
    }

    [Fact]
    public void Run_ScalarInput_HasNoDims()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP64));
        using var outputs = model.Run([OnnxInput.From("x", new[] { 2.5 }, Array.Empty<long>())]).OrThrow();
        Assert.Equal(0, outputs.Shape(0).Length);
        Assert.Equal(2.5, outputs.Values<double>(0)[0]);
    }

    [Fact]
    public void Run_Strings_SurviveUnicodeEmptyAndZeroBytes()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.BYTES, -1));
        string[] texts = ["", "plain", "Dvořák 🎼", "a\0b", new string('x', 5000)];
        using var outputs = model.Run([OnnxInput.Strings("x", texts, new long[] { texts.Length })]).OrThrow();
        Assert.Equal(texts, outputs.Strings(0));
    }

    [Fact]
    public void Run_ByteStringsThatAreNotUtf8_ComeBackAsSent()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.BYTES, -1));
        using var outputs = model.Run([OnnxInput.Strings("x", [new byte[] { 0xff, 0, 0xfe }, Array.Empty<byte>()], new long[] { 2 })]).OrThrow();
        var (bytes, ends) = outputs.Utf8(0);
        Assert.Equal([0xff, 0, 0xfe], bytes);
        Assert.Equal([3, 3], ends);
    }

    [Fact]
    public void Run_FromBufferAndFromSliceOfBody_ReadInPlace()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.INT32, -1));
        using var buffer = OnnxBuffer.Rent(12);
        new[] { 1, 2, 3 }.CopyTo(buffer.As<int>());
        using (var outputs = model.Run([OnnxInput.From("x", OnnxType.INT32, buffer, 12, new long[] { 3 })]).OrThrow())
        {
            Assert.Equal([1, 2, 3], outputs.Values<int>(0).ToArray());
        }

        var body = new byte[13];
        BitConverter.TryWriteBytes(body.AsSpan(5), 42);
        BitConverter.TryWriteBytes(body.AsSpan(9), -42);
        using (var outputs = model.Run([OnnxInput.From("x", OnnxType.INT32, new ArraySegment<byte>(body, 5, 8), new long[] { 2 })]).OrThrow())
        {
            Assert.Equal([42, -42], outputs.Values<int>(0).ToArray());
        }
    }

    [Fact]
    public void Run_TwoInputsInAnyOrder_AreMatchedByName()
    {
        using var model = Load(OnnxWriter.Model(
            [OnnxWriter.Node("Sub", ["a", "b"], ["d"]), OnnxWriter.Node("Add", ["a", "b"], ["s"])],
            [OnnxWriter.Tensor("a", OnnxType.FP32, -1), OnnxWriter.Tensor("b", OnnxType.FP32, -1)],
            [OnnxWriter.Tensor("d", OnnxType.FP32, -1), OnnxWriter.Tensor("s", OnnxType.FP32, -1)]));
        var a = OnnxInput.From("a", new[] { 10f }, new long[] { 1 });
        var b = OnnxInput.From("b", new[] { 4f }, new long[] { 1 });

        using var all = model.Run([b, a]).OrThrow();
        Assert.Equal(6f, all.Values<float>(0)[0]);
        Assert.Equal(14f, all.Values<float>(1)[0]);

        using var one = model.Run([a, b], [1]).OrThrow();
        Assert.Equal("s", one.Spec(0).Name);
        Assert.Equal(14f, one.Values<float>(0)[0]);
        Assert.Equal(1, one.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ZipMap_IsFlattenedToRowsAndClasses(bool texts)
    {
        var labels = texts ? OnnxWriter.Strings("classlabels_strings", "b", "a", "c") : OnnxWriter.Ints("classlabels_int64s", 7, 3, 5);
        using var model = Load(OnnxWriter.Model(
            [OnnxWriter.Node("ZipMap", ["x"], ["y"], "ai.onnx.ml", labels)],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 3)],
            [OnnxWriter.SequenceOfMaps("y", texts ? OnnxType.BYTES : OnnxType.INT64)]));
        Assert.True(model.Outputs[0].IsZipMap);

        using var outputs = model.Run([OnnxInput.From("x", new[] { .1f, .2f, .7f, .5f, .4f, .1f }, new long[] { 2, 3 })]).OrThrow();

        // The runtime keeps maps sorted by key.
        Assert.Equal(texts ? ["a", "b", "c"] : ["3", "5", "7"], outputs.Classes(0));
        Assert.Equal([2, 3], outputs.Shape(0).ToArray());
        Assert.Equal(texts ? [.2f, .1f, .7f, .4f, .5f, .1f] : [.2f, .7f, .1f, .4f, .1f, .5f], outputs.Values<float>(0).ToArray());
    }

    [Fact]
    public void Run_GraphThatHandsItsInputThrough_GivesItsOwnCopy()
    {
        using var model = Load(OnnxWriter.Model(
            [OnnxWriter.Node("Neg", ["x"], ["y"])],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1)],
            [OnnxWriter.Tensor("y", OnnxType.FP32, -1), OnnxWriter.Tensor("x", OnnxType.FP32, -1)]));
        using var buffer = OnnxBuffer.Rent(4);
        buffer.As<float>()[0] = 3;

        using var outputs = model.Run([OnnxInput.From("x", OnnxType.FP32, buffer, 4, new long[] { 1 })]).OrThrow();
        buffer.As<float>()[0] = 99;

        Assert.Equal(-3, outputs.Values<float>(0)[0]);
        Assert.Equal(3, outputs.Values<float>(1)[0]);
    }

    [Fact]
    public void Load_FromFile_RunsLikeFromBytes()
    {
        var path = Path.Combine(Path.GetTempPath(), $"modèle-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, OnnxWriter.Identity(OnnxType.FP32, -1));
        try
        {
            using var model = OnnxModel.Load(path).OrThrow();
            using var outputs = model.Run([OnnxInput.From("x", new[] { 1f }, new long[] { 1 })]).OrThrow();
            Assert.Equal(1f, outputs.Values<float>(0)[0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Load_MissingFile_IsNotFoundAndNamesIt() =>
        AssertProblem(OnnxModel.Load("/nowhere/m.onnx"), ProblemCode.NotFound, "/nowhere/m.onnx");

    [Fact]
    public void Load_AFileThatIsNoModel_IsInvalid_AndDoesNotSayWhereItLies()
    {
        var folder = Directory.CreateTempSubdirectory("broken-models-");
        try
        {
            var path = Path.Combine(folder.FullName, "m.onnx");
            File.WriteAllText(path, "hello");

            AssertProblem(OnnxModel.Load(path), ProblemCode.Invalid, "The model cannot be loaded: Load model from the file failed");
            Assert.DoesNotContain(folder.FullName, OnnxModel.Load(path).Problem!.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_BytesThatAreNoModel_IsInvalid()
    {
        AssertProblem(OnnxModel.Load([]), ProblemCode.Invalid, "cannot be loaded");
        AssertProblem(OnnxModel.Load("hello"u8), ProblemCode.Invalid, "cannot be loaded");
        var model = OnnxWriter.Identity(OnnxType.FP32, -1);
        AssertProblem(OnnxModel.Load(model.AsSpan(0, model.Length / 2)), ProblemCode.Invalid, "cannot be loaded");
    }

    [Fact]
    public void Load_EveryByteChanged_NeverCrashes()
    {
        var model = OnnxWriter.Identity(OnnxType.FP32, -1, 3);
        for (var i = 0; i < model.Length; i++)
        {
            var broken = (byte[])model.Clone();
            broken[i] ^= 0xff;
            if (OnnxModel.Load(broken).TryGet(out var loaded, out var problem))
            {
                loaded.Dispose();
            }
            else
            {
                Assert.NotEqual(ProblemCode.Internal, problem.Code);
            }
        }
    }

    [Fact]
    public void Load_UnknownOperator_NamesIt() =>
        AssertProblem(
            OnnxModel.Load(OnnxWriter.Model(
                [OnnxWriter.Node("Frobnicate", ["x"], ["y"])], [OnnxWriter.Tensor("x", OnnxType.FP32, 1)], [OnnxWriter.Tensor("y", OnnxType.FP32, 1)])),
            ProblemCode.Invalid,
            "Frobnicate");

    [Fact]
    public void Run_WrongInputs_AreAllReportedAtOnce()
    {
        using var model = Load(OnnxWriter.Model(
            [OnnxWriter.Node("Add", ["a", "b"], ["s"])],
            [OnnxWriter.Tensor("a", OnnxType.FP32, -1, 2), OnnxWriter.Tensor("b", OnnxType.FP32, -1, 2)],
            [OnnxWriter.Tensor("s", OnnxType.FP32, -1, 2)]));

        var problem = model.Run([
            OnnxInput.From("a", new double[2], new long[] { 1, 2 }),
            OnnxInput.From("c", new float[2], new long[] { 1, 2 })]).Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Equal(["a", "c", "b"], problem.Faults.Select(f => f.Path));
        Assert.Contains("FP64 given, the model needs FP32", problem.Message);
        Assert.Contains("the model has a, b", problem.Message);
        Assert.Contains("missing", problem.Message);
    }

    [Theory]
    [InlineData(new long[] { 2 }, 2, "the model needs [-1, 2]")]
    [InlineData(new long[] { 1, 3 }, 3, "the model needs [-1, 2]")]
    [InlineData(new long[] { 2, 2 }, 3, "means 4 elements, but 3 were given")]
    [InlineData(new long[] { -1, 2 }, 2, "is not a shape")]
    [InlineData(new long[] { long.MaxValue, 2 }, 2, "is not a shape")]
    public void Run_WrongShape_SaysWhatIsNeeded(long[] shape, int count, string expected)
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1, 2));
        AssertProblem(model.Run([OnnxInput.From("x", new float[count], shape)]), ProblemCode.Invalid, expected);
    }

    [Fact]
    public void Run_InputGivenTwice_IsInvalid()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1));
        var x = OnnxInput.From("x", new float[1], new long[] { 1 });
        AssertProblem(model.Run([x, x]), ProblemCode.Invalid, "given twice");
    }

    [Fact]
    public void Run_OperatorThatFailsOnTheData_CarriesTheRuntimesText()
    {
        using var model = Load(OnnxWriter.Model(
            [OnnxWriter.Node("Gather", ["data", "at"], ["y"])],
            [OnnxWriter.Tensor("data", OnnxType.FP32, -1), OnnxWriter.Tensor("at", OnnxType.INT64, -1)],
            [OnnxWriter.Tensor("y", OnnxType.FP32, -1)]));
        AssertProblem(
            model.Run([OnnxInput.From("data", new float[2], new long[] { 2 }), OnnxInput.From("at", new long[] { 9 }, new long[] { 1 })]),
            ProblemCode.Invalid,
            "out of data bounds");
    }

    [Fact]
    public void Run_AfterDispose_IsUnavailable()
    {
        var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1));
        model.Dispose();
        AssertProblem(model.Run([OnnxInput.From("x", new float[1], new long[] { 1 })]), ProblemCode.Unavailable, "unloaded");
    }

    [Fact]
    public void Run_AlreadyCancelled_Throws()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1));
        Assert.Throws<OperationCanceledException>(
            () => model.Run([OnnxInput.From("x", new float[1], new long[] { 1 })], new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Outputs_ReadAfterDispose_Throw()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1));
        var outputs = model.Run([OnnxInput.From("x", new float[1], new long[] { 1 })]).OrThrow();
        outputs.Dispose();
        outputs.Dispose();
        Assert.Throws<ObjectDisposedException>(() => outputs.Shape(0).Length);
    }

    [Fact]
    public void Outputs_ReadAsAnotherSize_Throw()
    {
        using var model = Load(OnnxWriter.Identity(OnnxType.FP32, -1));
        using var outputs = model.Run([OnnxInput.From("x", new float[1], new long[] { 1 })]).OrThrow();
        Assert.Throws<ArgumentException>(() => outputs.Values<double>(0).Length);
        Assert.Throws<ArgumentException>(() => outputs.Strings(0));
    }

    private static void RoundTrip<T>(T[] values, OnnxType type) where T : unmanaged
    {
        using var model = Load(OnnxWriter.Identity(type, -1, 2));
        using var outputs = model.Run([OnnxInput.From("x", values, new long[] { 2, 2 })]).OrThrow();
        Assert.Equal(type.ToString(), outputs.Spec(0).Datatype);
        Assert.Equal(values, outputs.Values<T>(0).ToArray());
        Assert.Equal(values.Length * type.Size(), outputs.Bytes(0).Length);
    }

    private static OnnxModel Load(byte[] bytes) => OnnxModel.Load(bytes).OrThrow();

    private static void AssertProblem<T>(Result<T> result, ProblemCode code, string text)
    {
        Assert.False(result.Succeeded);
        Assert.Equal(code, result.Problem!.Code);
        Assert.Contains(text, result.Problem.Message);
    }
}
