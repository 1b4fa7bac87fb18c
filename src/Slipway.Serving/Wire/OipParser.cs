using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>
/// Reads an Open Inference Protocol request from UTF-8 straight into pooled tensors: no document, no intermediate objects. Every fault is the
/// caller's and names the place; unknown members are ignored, as the protocol wants.
/// </summary>
internal ref partial struct OipParser
{
    public const int LongestId = 256;

    /// <summary>Deeper nesting than any tensor has; the reader keeps one bit per level, so it costs nothing.</summary>
    private const int MaxDepth = 128;

    private const int MostDimensions = 64;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly ReadOnlySpan<byte> _body;
    private ReadOnlySpan<byte> _blocks;
    private readonly NameTable _names;
    private readonly InferenceRequest _request;
    private Utf8JsonReader _reader;
    private int _nextName;

    private OipParser(ReadOnlySpan<byte> body, ReadOnlySpan<byte> blocks, NameTable names, InferenceRequest request)
    {
        _body = body;
        _blocks = blocks;
        (_names, _request) = (names, request);
        _reader = new Utf8JsonReader(body, Options);
    }

    /// <summary>The request, or Invalid with a sentence that names the place.</summary>
    /// <param name="header">How many bytes of the body are JSON; binary blocks follow, in the order of the inputs that announce them. -1: all.</param>
    public static Result<InferenceRequest> Parse(ReadOnlySpan<byte> body, NameTable names, int header = -1)
    {
        var request = new InferenceRequest { BodyBytes = body.Length };
        try
        {
            var parser = header < 0 ? new OipParser(body, [], names, request) : new OipParser(body[..header], body[header..], names, request);
            parser.ReadRequest();
            if (!parser._blocks.IsEmpty)
            {
                throw Bad($"The body has {parser._blocks.Length} bytes after the last binary block; binary_data_size of the inputs does not add up to it");
            }

            return request;
        }
        catch (ProblemException e)
        {
            request.Dispose();
            return e.Problem;
        }
        catch (JsonException e)
        {
            request.Dispose();
            return Problem.Invalid($"The body is not JSON: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for text that is not Unicode: broken UTF-8, or half of a surrogate pair in an escape.
            request.Dispose();
            return Problem.Invalid("The body has a text that is not valid Unicode");
        }
    }

    private static ProblemException Bad(string message) => new(Problem.Invalid(message));

    private void ReadRequest()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad("The body must be a JSON object with \"inputs\"");
        }

        var hasInputs = false;
        while (NextMember())
        {
            if (_reader.ValueTextEquals("inputs"u8))
            {
                if (hasInputs)
                {
                    throw Bad("inputs: given twice");
                }

                hasInputs = true;
                ReadInputs();
            }
            else if (_reader.ValueTextEquals("id"u8))
            {
                ReadId();
            }
            else if (_reader.ValueTextEquals("parameters"u8))
            {
                _request.BinaryOutput = ReadParameters(Place.Request, 0).Binary ?? false;
            }
            else if (_reader.ValueTextEquals("outputs"u8))
            {
                ReadOutputs();
            }
            else
            {
                _reader.Skip();
            }
        }

        // Anything but white space after the object makes the reader throw here.
        _reader.Read();
        if (!hasInputs)
        {
            throw Bad("inputs: missing; a request has {\"inputs\":[{\"name\",\"shape\",\"datatype\",\"data\"}]}");
        }
    }

    /// <summary>Moves to the next member's name; false at the end of the object.</summary>
    private bool NextMember()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    private void ReadId()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (_reader.TokenType != JsonTokenType.String)
        {
            throw Bad("id: must be a string");
        }

        var id = _reader.GetString()!;
        if (id.Length > LongestId || id.AsSpan().ContainsAnyInRange('\0', '\u001f'))
        {
            throw Bad($"id: may have {LongestId} characters at most and no control characters");
        }

        _request.Id = id.Length == 0 ? null : id;
    }

    private void ReadInputs()
    {
        StartArray("inputs", -1, "");
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            ReadInput(_request.Inputs.Count);
        }
    }

    private void ReadInput(int index)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad($"inputs[{index}]: must be an object");
        }

        string? name = null;
        long[]? shape = null;
        OnnxType? type = null;
        var (tensor, dataStart, dataEnd) = (default(TensorData), -1, -1);
        long? binarySize = null;
        while (NextMember())
        {
            if (_reader.ValueTextEquals("name"u8))
            {
                name = ReadName("inputs", index);
            }
            else if (_reader.ValueTextEquals("shape"u8))
            {
                shape = ReadShape(index);
            }
            else if (_reader.ValueTextEquals("datatype"u8))
            {
                type = ReadDatatype(index);
            }
            else if (_reader.ValueTextEquals("parameters"u8))
            {
                binarySize = ReadParameters(Place.Input, index).BinarySize;
            }
            else if (_reader.ValueTextEquals("data"u8))
            {
                if (dataStart >= 0)
                {
                    tensor.Numbers?.Dispose();
                    throw Bad($"inputs[{index}].data: given twice");
                }

                StartArray("inputs", index, ".data");
                dataStart = (int)_reader.TokenStartIndex;
                if (type is { } known)
                {
                    tensor = TensorReader.Read(ref _reader, known, Expected(shape, dataStart), index);
                }
                else
                {
                    // The datatype comes later in the text: come back when it is known.
                    _reader.Skip();
                    dataEnd = (int)_reader.BytesConsumed;
                }
            }
            else
            {
                _reader.Skip();
            }
        }

        if (binarySize is { } size && name is not null && shape is not null && type is { } datatype)
        {
            AddBinaryInput(index, name, shape, datatype, size, dataStart >= 0, tensor);
            return;
        }

        AddInput(index, name, shape, type, dataStart, dataEnd, tensor);
    }

    private void AddBinaryInput(int index, string name, long[] shape, OnnxType type, long size, bool hasData, TensorData data)
    {
        var problem = hasData ? "has both data and a binary block"
            : size > _blocks.Length ? $"binary_data_size is {size}, but the body has only {_blocks.Length} bytes left (JSON ends where Inference-Header-Content-Length says)"
            : null;
        if (problem is not null)
        {
            data.Numbers?.Dispose();
            throw Bad($"inputs[{index}] '{name}': {problem}");
        }

        var read = BinaryTensor.Read(_blocks[..(int)size], type, Elements(shape), $"inputs[{index}] '{name}'").OrThrow();
        _blocks = _blocks[(int)size..];
        _request.Inputs.Add(new InputTensor(name, type, shape, read.Numbers, read.Texts, read.Elements));
    }

    private void AddInput(int index, string? name, long[]? shape, OnnxType? type, int dataStart, int dataEnd, TensorData tensor)
    {
        if (dataEnd >= 0 && type is { } datatype)
        {
            var again = new Utf8JsonReader(_body[dataStart..dataEnd], Options);
            again.Read();
            tensor = TensorReader.Read(ref again, datatype, Expected(shape, dataStart), index);
        }

        var missing = name is null ? "name" : shape is null ? "shape" : type is null ? "datatype" : dataStart < 0 ? "data" : null;
        if (missing is not null)
        {
            tensor.Numbers?.Dispose();
            throw Bad($"inputs[{index}].{missing}: missing; an input has name, shape, datatype and data");
        }

        var added = new InputTensor(name!, type!.Value, shape!, tensor.Numbers, tensor.Texts, tensor.Elements);
        _request.Inputs.Add(added);
        if (Elements(shape!) is var wanted && wanted != tensor.Elements)
        {
            throw Bad($"inputs[{index}] '{name}': shape [{string.Join(',', shape!)}] means {(wanted < 0 ? "too many" : wanted)} elements, data has {tensor.Elements}");
        }
    }

    private string ReadName(string list, int index)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String)
        {
            throw Bad($"{list}[{index}].name: must be a string");
        }

        return (_reader.ValueIsEscaped ? null : _names.Find(_reader.ValueSpan, ref _nextName)) ?? _reader.GetString()!;
    }

    private long[] ReadShape(int index)
    {
        StartArray("inputs", index, ".shape");
        Span<long> sizes = stackalloc long[MostDimensions];
        var rank = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (rank == MostDimensions)
            {
                throw Bad($"inputs[{index}].shape: has more than {MostDimensions} dimensions");
            }

            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out sizes[rank]) || sizes[rank] < 0)
            {
                throw Bad($"inputs[{index}].shape[{rank}]: must be a whole number, 0 or more");
            }

            rank++;
        }

        return sizes[..rank].ToArray();
    }

    private OnnxType ReadDatatype(int index)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.String)
        {
            foreach (var (utf8, type) in Datatypes.All)
            {
                if (_reader.ValueTextEquals(utf8))
                {
                    return type;
                }
            }
        }

        throw Bad($"inputs[{index}].datatype: must be one of {Datatypes.Names}, in upper case");
    }

    private void ReadOutputs()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            throw Bad("outputs: must be a list of objects with a name");
        }

        var outputs = new List<WantedOutput>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            outputs.Add(ReadOutput(outputs.Count));
        }

        _request.Outputs = outputs.Count == 0 ? null : outputs;
    }

    private WantedOutput ReadOutput(int index)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad($"outputs[{index}]: must be an object with a name");
        }

        string? name = null;
        var asked = default(Asked);
        while (NextMember())
        {
            if (_reader.ValueTextEquals("name"u8))
            {
                name = ReadName("outputs", index);
            }
            else if (_reader.ValueTextEquals("parameters"u8))
            {
                asked = ReadParameters(Place.Output, index);
            }
            else
            {
                _reader.Skip();
            }
        }

        return new WantedOutput(name ?? throw Bad($"outputs[{index}].name: missing"), asked.Binary, asked.Classes);
    }

    private void StartArray(string list, int index, string member)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            throw Bad(index < 0 ? $"{list}: must be a list" : $"{list}[{index}]{member}: must be a list");
        }
    }

    /// <summary>How many elements to make room for: what the shape says, but never more than the rest of the body can hold.</summary>
    private readonly int Expected(long[]? shape, int from) =>
        shape is not null && Elements(shape) is >= 0 and var wanted ? (int)Math.Min(wanted, ((_body.Length - from) / 2) + 1) : 16;

    /// <summary>The product of the sizes, or -1 beyond what one array holds.</summary>
    internal static long Elements(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (var size in shape)
        {
            if (size != 0 && product > int.MaxValue / size)
            {
                return -1;
            }

            product *= size;
        }

        return product;
    }
}
