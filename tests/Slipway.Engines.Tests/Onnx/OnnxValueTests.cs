using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Tests.Onnx;

/// <summary>Models whose inputs and outputs are more than tensors: sequences, maps, optionals, inputs with a default value, any number of dimensions.</summary>
public sealed class OnnxValueTests
{
    private static readonly byte[] X = OnnxWriter.Tensor("x", OnnxType.FP32, -1, -1);

    [Fact]
    public void SequenceOutput_IsItsElementsAndTheirShapes()
    {
        using var model = Load([OnnxWriter.Node("SplitToSequence", ["x"], ["y"], "", OnnxWriter.Int("axis", 1), OnnxWriter.Int("keepdims", 1))], [X], [OnnxWriter.SequenceOfTensors("y")]);
        Assert.Equal(["y FP32 SequenceValues", "y.shapes INT64 SequenceShapes"], model.Outputs.Select(o => $"{o.Name} {o.Datatype} {o.Form}"));

        using var outputs = model.Run([Floats("x", [2, 3], 1, 2, 3, 4, 5, 6)]).OrThrow();

        Assert.Equal([1f, 4, 2, 5, 3, 6], outputs.Values<float>(0).ToArray());
        Assert.Equal([6], outputs.Shape(0).ToArray());
        Assert.Equal([2L, 1, 2, 1, 2, 1], outputs.Values<long>(1).ToArray());
        Assert.Equal([3, 2], outputs.Shape(1).ToArray());

        using var one = model.Run([Floats("x", [1, 2], 1, 2)], [1]).OrThrow();
        Assert.Equal("y.shapes", one.Spec(0).Name);
        Assert.Equal([1L, 1, 1, 1], one.Values<long>(0).ToArray());
    }

    [Fact]
    public void SequenceOutput_OfUnequalRanksAndOfTexts_KeepsEveryElement()
    {
        using var ragged = Load(
            [OnnxWriter.Node("Shape", ["x"], ["s"]), OnnxWriter.Node("Cast", ["s"], ["f"], "", OnnxWriter.Int("to", 1)), OnnxWriter.Node("SequenceConstruct", ["x", "f"], ["y"])],
            [X], [OnnxWriter.SequenceOfTensors("y")]);
        using var outputs = ragged.Run([Floats("x", [1, 2], 7, 8)]).OrThrow();
        Assert.Equal([7f, 8, 1, 2], outputs.Values<float>(0).ToArray());
        Assert.Equal([1L, 2, 2, -1], outputs.Values<long>(1).ToArray());

        using var texts = Load(
            [OnnxWriter.Node("SequenceConstruct", ["t", "t"], ["y"])], [OnnxWriter.Tensor("t", OnnxType.BYTES, -1)], [OnnxWriter.SequenceOfTensors("y", OnnxType.BYTES)]);
        using var twice = texts.Run([OnnxInput.Strings("t", ["a", "", "é"], new long[] { 3 })]).OrThrow();
        Assert.Equal(["a", "", "é", "a", "", "é"], twice.Strings(0));
        Assert.Equal([3L, 3], twice.Values<long>(1).ToArray());
    }

    [Fact]
    public void SequenceInput_IsMadeOfElementsAndShapes()
    {
        using var model = Load(
            [OnnxWriter.Node("SequenceAt", ["s", "at"], ["y"]), OnnxWriter.Node("SequenceLength", ["s"], ["n"])],
            [OnnxWriter.SequenceOfTensors("s"), OnnxWriter.Tensor("at", OnnxType.INT64)], [OnnxWriter.Shapeless("y", OnnxType.FP32), OnnxWriter.Tensor("n", OnnxType.INT64)]);
        Assert.Equal(["s", "s.shapes", "at"], model.Inputs.Select(i => i.Name));
        Assert.Equal([false, true, false], model.Inputs.Select(i => i.Optional));
        var second = OnnxInput.From("at", new[] { 1L }, Array.Empty<long>());

        using (var stacked = model.Run([Floats("s", [3, 2], 1, 2, 3, 4, 5, 6), second]).OrThrow())
        {
            Assert.Equal([3f, 4], stacked.Values<float>(0).ToArray());
            Assert.Equal([2], stacked.Shape(0).ToArray());
            Assert.Equal(3, stacked.Values<long>(1)[0]);
        }

        using (var ragged = model.Run([OnnxInput.From("s.shapes", new long[] { 2, -1, 1, 3 }, new long[] { 2, 2 }), second, Floats("s", [5], 1, 2, 3, 4, 5)]).OrThrow())
        {
            Assert.Equal([3f, 4, 5], ragged.Values<float>(0).ToArray());
            Assert.Equal([1, 3], ragged.Shape(0).ToArray());
        }

        using (var length = Load([OnnxWriter.Node("SequenceLength", ["s"], ["n"])], [OnnxWriter.SequenceOfTensors("s")], [OnnxWriter.Tensor("n", OnnxType.INT64)]))
        {
            using var empty = length.Run([Floats("s", [0])]).OrThrow();
            Assert.Equal(0, empty.Values<long>(0)[0]);
        }

        AssertInvalid(model.Run([OnnxInput.From("s.shapes", new long[] { 2, 2 }, new long[] { 2, 1 }), second, Floats("s", [5], 1, 2, 3, 4, 5)]), "mean 4 elements in all, but s has 5");
        AssertInvalid(model.Run([OnnxInput.From("s.shapes", new long[] { -2, 2 }, new long[] { 2, 1 }), second, Floats("s", [5], 1, 2, 3, 4, 5)]), "row 0 is not a shape");
        AssertInvalid(model.Run([OnnxInput.From("s.shapes", new long[] { 2 }, new long[] { 1, 1 }), second]), "s: missing");
        AssertInvalid(model.Run([Floats("s", [], 1), second]), "s: has no dimensions");
    }

    [Fact]
    public void MapInput_IsMadeOfKeysAndValues()
    {
        using var model = Load(
            [OnnxWriter.Node("DictVectorizer", ["m"], ["y"], "ai.onnx.ml", OnnxWriter.Strings("string_vocabulary", "a", "b", "c"))],
            [OnnxWriter.Map("m", OnnxType.BYTES, OnnxType.FP32)], [OnnxWriter.Tensor("y", OnnxType.FP32, 1, 3)]);
        Assert.Equal(["m.keys BYTES", "m.values FP32"], model.Inputs.Select(i => $"{i.Name} {i.Datatype}"));

        using var outputs = model.Run([OnnxInput.Strings("m.keys", ["c", "a"], new long[] { 2 }), Floats("m.values", [2], 3, 1)]).OrThrow();
        Assert.Equal([1f, 0, 3], outputs.Values<float>(0).ToArray());

        AssertInvalid(model.Run([OnnxInput.Strings("m.keys", ["c", "a"], new long[] { 2 }), Floats("m.values", [1], 3)]), "m.values: has 1 values for 2 keys");
        AssertInvalid(model.Run([OnnxInput.Strings("m.keys", ["c"], new long[] { 1 })]), "m.values: missing");
    }

    [Theory]
    [InlineData(OnnxType.BYTES)]
    [InlineData(OnnxType.INT64)]
    public void MapOutput_IsItsKeysAndValues(OnnxType key)
    {
        var vocabulary = key == OnnxType.BYTES ? OnnxWriter.Strings("string_vocabulary", "5") : OnnxWriter.Ints("int64_vocabulary", 5);
        using var model = Load(
            [OnnxWriter.Node("DictVectorizer", ["m"], ["y"], "ai.onnx.ml", vocabulary)],
            [OnnxWriter.Map("m", key, OnnxType.FP32)], [OnnxWriter.Tensor("y", OnnxType.FP32, 1, 1), OnnxWriter.Map("m", key, OnnxType.FP32)]);
        var keys = key == OnnxType.BYTES ? OnnxInput.Strings("m.keys", ["7", "5"], new long[] { 2 }) : OnnxInput.From("m.keys", new long[] { 7, 5 }, new long[] { 2 });

        using var outputs = model.Run([keys, Floats("m.values", [2], .7f, .5f)]).OrThrow();

        Assert.Equal(["y", "m.keys", "m.values"], Enumerable.Range(0, 3).Select(i => outputs.Spec(i).Name));
        Assert.Equal(["5", "7"], key == OnnxType.BYTES ? outputs.Strings(1) : outputs.Values<long>(1).ToArray().Select(k => $"{k}"));
        Assert.Equal([.5f, .7f], outputs.Values<float>(2).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OptionalInputAndOutput_AreWhatTheyHold(bool sequence)
    {
        using var model = Load(
            [OnnxWriter.Node("Identity", ["x"], ["y"])],
            [OnnxWriter.OptionalTensor("x", OnnxType.INT64, sequence, -1, 2)], [OnnxWriter.OptionalTensor("y", OnnxType.INT64, sequence, -1, 2)], opset: 16);

        using var given = model.Run([OnnxInput.From("x", new long[] { 1, 2 }, new long[] { 1, 2 })]).OrThrow();

        Assert.Equal([1L, 2], given.Values<long>(0).ToArray());
        Assert.Equal(sequence ? [2] : [1, 2], given.Shape(0).ToArray());

        // Without a value the runtime would end the process.
        AssertInvalid(model.Run([]), "x: missing");
    }

    [Fact]
    public void OptionalOutput_WithoutAValue_HasNoElements()
    {
        using var model = Load(
            [OnnxWriter.Node("Optional", [], ["y"], "", OnnxWriter.TypeOf("type", OnnxType.FP32, -1, 2)), OnnxWriter.Node("Neg", ["x"], ["n"])],
            [X], [OnnxWriter.OptionalTensor("y", OnnxType.FP32, sequence: false, -1, 2), OnnxWriter.Tensor("n", OnnxType.FP32, -1, -1)]);

        using var outputs = model.Run([Floats("x", [1, 1], 3)]).OrThrow();

        Assert.Equal([0, 2], outputs.Shape(0).ToArray());
        Assert.Equal(0, outputs.Values<float>(0).Length);
        Assert.Equal(-3, outputs.Values<float>(1)[0]);
    }

    [Fact]
    public void InputWithAnInitializer_HasItsDefaultUntilItIsGiven()
    {
        using var model = Load(
            [OnnxWriter.Node("Mul", ["x", "factor"], ["y"])], [X, OnnxWriter.Tensor("factor", OnnxType.FP32, 1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, -1)],
            weights: [OnnxWriter.Weights("factor", [1], new[] { 10f })]);
        Assert.Equal("x", Assert.Single(model.Inputs).Name);
        Assert.True(Assert.Single(model.Defaults).Optional);

        using var preset = model.Run([Floats("x", [1, 1], 3)]).OrThrow();
        using var given = model.Run([Floats("factor", [1], 2), Floats("x", [1, 1], 3)]).OrThrow();

        Assert.Equal(30, preset.Values<float>(0)[0]);
        Assert.Equal(6, given.Values<float>(0)[0]);
        AssertInvalid(model.Run([Floats("x", [1, 1], 3), Floats("factor", [2], 2, 2)]), "factor: shape [2] given, the model needs [1]");
        AssertInvalid(model.Run([Floats("factor", [1], 2)]), "x: missing");
        AssertInvalid(model.Run([Floats("x", [1, 1], 3), Floats("other", [1], 2)]), "the model has x, factor");
    }

    [Fact]
    public void Defaults_StandBesideSequences()
    {
        using var model = Load(
            [OnnxWriter.Node("SequenceAt", ["s", "at"], ["y"])],
            [OnnxWriter.SequenceOfTensors("s"), OnnxWriter.Tensor("at", OnnxType.INT64)], [OnnxWriter.Shapeless("y", OnnxType.FP32)],
            weights: [OnnxWriter.Weights("at", [], new[] { 0L })]);

        using var preset = model.Run([Floats("s", [2], 1, 2)]).OrThrow();
        using var given = model.Run([Floats("s", [2], 1, 2), OnnxInput.From("at", new[] { 1L }, Array.Empty<long>())]).OrThrow();

        Assert.Equal((1, 2), (preset.Values<float>(0)[0], given.Values<float>(0)[0]));
    }

    [Fact]
    public void InputWithoutAShape_TakesAnyNumberOfDimensions()
    {
        using var model = Load(
            [OnnxWriter.Node("Neg", ["x"], ["y"])], [OnnxWriter.Shapeless("x", OnnxType.FP32)], [OnnxWriter.Shapeless("y", OnnxType.FP32)]);
        Assert.True(model.Inputs[0].AnyRank);
        foreach (var shape in (long[][])[[], [2], [1, 2, 3], [0, 4]])
        {
            var count = (int)shape.Aggregate(1L, (product, size) => product * size);
            using var outputs = model.Run([OnnxInput.From("x", Enumerable.Repeat(1f, count).ToArray(), shape)]).OrThrow();
            Assert.Equal(shape, outputs.Shape(0).ToArray());
        }

        AssertInvalid(model.Run([Floats("x", [2], 1)]), "means 2 elements, but 1 were given");
        using var scalar = Load([OnnxWriter.Node("Neg", ["x"], ["y"])], [OnnxWriter.Tensor("x", OnnxType.FP32)], [OnnxWriter.Tensor("y", OnnxType.FP32)]);
        Assert.False(scalar.Inputs[0].AnyRank);
    }

    [Fact]
    public void ZipMapBesideASequence_IsBoth()
    {
        using var model = Load(
            [
                OnnxWriter.Node("ZipMap", ["x"], ["p"], "ai.onnx.ml", OnnxWriter.Strings("classlabels_strings", "a", "b")),
                OnnxWriter.Node("SequenceConstruct", ["x"], ["s"]),
            ],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 2)], [OnnxWriter.SequenceOfMaps("p", OnnxType.BYTES), OnnxWriter.SequenceOfTensors("s")]);
        using var outputs = model.Run([Floats("x", [1, 2], .25f, .75f)]).OrThrow();
        Assert.Equal(["a", "b"], outputs.Classes(0));
        Assert.Equal([.25f, .75f], outputs.Values<float>(0).ToArray());
        Assert.Equal([.25f, .75f], outputs.Values<float>(1).ToArray());
    }

    [Fact]
    public void WhatHasNoForm_IsRefusedByNameAndType()
    {
        var refused = OnnxModel.Load(OnnxWriter.Model(
            [OnnxWriter.Node("Identity", ["x"], ["y"])], [X, OnnxWriter.SequenceOfMaps("rows", OnnxType.INT64)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, -1)])).Problem!;
        Assert.Equal(ProblemCode.Unsupported, refused.Code);
        Assert.Contains("rows: an input of type seq(map(INT64, tensor(FP32))) cannot be sent as tensors", refused.Message);
    }

    private static OnnxInput Floats(string name, long[] shape, params float[] values) => OnnxInput.From(name, values, shape);

    private static OnnxModel Load(byte[][] nodes, byte[][] inputs, byte[][] outputs, byte[][]? weights = null, int opset = 17) =>
        OnnxModel.Load(OnnxWriter.Model(nodes, inputs, outputs, opset, weights)).OrThrow();

    private static void AssertInvalid(Result<OnnxOutputs> result, string text)
    {
        Assert.False(result.Succeeded);
        Assert.Equal(ProblemCode.Invalid, result.Problem!.Code);
        Assert.Contains(text, result.Problem.Message);
    }
}
