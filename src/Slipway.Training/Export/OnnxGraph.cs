using Google.Protobuf;
using Slipway.Training.Export.Proto;

namespace Slipway.Training.Export;

/// <summary>Puts an ONNX graph together node by node. Names of intermediate values are numbered, so the same calls give the same bytes.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Operator sets that every ONNX Runtime since 1.12 (2022) runs.</summary>
    private const int OpSet = 17;

    private const int MlOpSet = 3;
    private const int IrVersion = 8;
    private const string MlDomain = "ai.onnx.ml";

    private readonly GraphProto _graph = new() { Name = "slipway" };
    private readonly List<(string Key, string Value)> _metadata = [];

    // Feature names may be anything, so a value of ours could carry the same name as an input.
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>A model input of shape [-1, 1].</summary>
    public string Input(string name, OnnxType type)
    {
        _taken.Add(name);
        _graph.Input.Add(Value(name, type, 1));
        return name;
    }

    /// <summary>Makes a value a model output; [-1, columns], or [-1] without columns.</summary>
    public void Output(string name, OnnxType type, int? columns, string from)
    {
        Add("Identity", "", [from], name);
        _graph.Output.Add(Value(name, type, columns));
    }

    public string Node(string op, params string[] inputs) => Add(op, "", inputs, Fresh(op));

    public string Node(string op, IEnumerable<string> inputs, params AttributeProto[] attributes) => Add(op, "", inputs, Fresh(op), attributes);

    public string MlNode(string op, string input, params AttributeProto[] attributes) => Add(op, MlDomain, [input], Fresh(op), attributes);

    public string Cast(string input, OnnxType type) => Node("Cast", [input], Int("to", (int)type));

    public string Constant(double[] values, params long[] shape)
    {
        var tensor = Tensor(OnnxType.Double, shape);
        tensor.DoubleData.AddRange(values);
        return Initializer(tensor);
    }

    public string Constant(float[] values, params long[] shape)
    {
        var tensor = Tensor(OnnxType.Float, shape);
        tensor.FloatData.AddRange(values);
        return Initializer(tensor);
    }

    public string Constant(long[] values, params long[] shape)
    {
        var tensor = Tensor(OnnxType.Int64, shape);
        tensor.Int64Data.AddRange(values);
        return Initializer(tensor);
    }

    public string Constant(string[] values)
    {
        var tensor = Tensor(OnnxType.String, [values.Length]);
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        return Initializer(tensor);
    }

    public void Metadata(string key, string value) => _metadata.Add((key, value));

    public byte[] ToBytes()
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "slipway",
            Graph = _graph,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = OpSet },
                new OperatorSetIdProto { Domain = MlDomain, Version = MlOpSet },
            },
        };
        model.MetadataProps.AddRange(_metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        return model.ToByteArray();
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.Kind.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.Kind.Float, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.Kind.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Ints(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Floats(string name, IEnumerable<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    public static AttributeProto Texts(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    public static AttributeProto Doubles(string name, ICollection<double> values)
    {
        var tensor = Tensor(OnnxType.Double, [values.Count]);
        tensor.DoubleData.AddRange(values);
        tensor.Name = name;
        return new AttributeProto { Name = name, Type = AttributeProto.Types.Kind.Tensor, T = tensor };
    }

    private static TensorProto Tensor(OnnxType type, long[] shape)
    {
        var tensor = new TensorProto { DataType = (int)type };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    private static ValueInfoProto Value(string name, OnnxType type, int? columns)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "rows" } } };
        if (columns is { } width)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    private string Initializer(TensorProto tensor)
    {
        tensor.Name = Fresh("const");
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private string Fresh(string stem)
    {
        var name = $"_{stem.ToLowerInvariant()}_{_taken.Count}";
        while (!_taken.Add(name))
        {
            name += "_";
        }

        return name;
    }

    private string Add(string op, string domain, IEnumerable<string> inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = op, Domain = domain, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return output;
    }
}
