using System.Globalization;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>Reads a ModelInferRequest straight into pooled tensors; field numbers as in Protos/open_inference.proto.</summary>
internal static class InferMessageReader
{
    private const int MostDimensions = 64;

    /// <summary>Whether a stream's end of answers is to be told in a message of its own.</summary>
    public static ReadOnlySpan<byte> EmptyFinal => "triton_enable_empty_final_response"u8;

    /// <summary>Model and version, which decide how the rest is read.</summary>
    public static Result<(string Model, string? Version)> ReadTarget(ReadOnlySpan<byte> message)
    {
        try
        {
            var (model, version) = ("", "");
            var reader = new ProtoReader(message);
            while (reader.Next(out var field))
            {
                switch (field)
                {
                    case 1:
                        model = Text(reader.Bytes());
                        break;
                    case 2:
                        version = Text(reader.Bytes());
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            return (model, version.Length == 0 ? null : version);
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }

    /// <param name="raw">Whether tensors came as raw bytes, so that the answer's do too.</param>
    public static Result<InferenceRequest> Read(ReadOnlySpan<byte> message, NameTable names, out bool raw)
    {
        raw = false;
        var request = new InferenceRequest { BodyBytes = message.Length };
        try
        {
            Read(message, names, request, ref raw);
            return request;
        }
        catch (ProblemException e)
        {
            request.Dispose();
            return e.Problem;
        }
    }

    private static void Read(ReadOnlySpan<byte> message, NameTable names, InferenceRequest request, ref bool raw)
    {
        var (inputs, raws, nextName) = (0, 0, 0);
        var fields = new ProtoReader(message);

        // Raw contents stand behind all inputs, so they are found first; n-th to n-th.
        while (fields.Next(out var field))
        {
            inputs += field == 5 ? 1 : 0;
            raws += field == 7 ? 1 : 0;
            fields.Skip();
        }

        if (raws > 0 && raws != inputs)
        {
            throw Bad($"raw_input_contents: has {raws} entries for {inputs} inputs; there is one for each or none at all");
        }

        raw = raws > 0;
        var tensors = new ProtoReader(message);
        var blocks = new ProtoReader(message);
        while (tensors.Next(out var field))
        {
            switch (field)
            {
                case 3:
                    ReadId(tensors.Bytes(), request);
                    break;
                case 4:
                    ReadParameter(tensors.Bytes(), request, names);
                    break;
                case 5:
                    request.Inputs.Add(ReadInput(tensors.Bytes(), request.Inputs.Count, names, ref nextName, raw, raw ? NextRaw(ref blocks) : []));
                    break;
                case 6:
                    (request.Outputs ??= []).Add(ReadOutput(tensors.Bytes(), request.Outputs.Count, names, ref nextName));
                    break;
                default:
                    tensors.Skip();
                    break;
            }
        }
    }

    private static ReadOnlySpan<byte> NextRaw(ref ProtoReader blocks)
    {
        while (blocks.Next(out var field))
        {
            if (field == 7)
            {
                return blocks.Bytes();
            }

            blocks.Skip();
        }

        return [];
    }

    private static void ReadId(ReadOnlySpan<byte> utf8, InferenceRequest request)
    {
        var id = Text(utf8);
        if (id.Length > OipParser.LongestId || id.AsSpan().ContainsAnyInRange('\0', '\u001f'))
        {
            throw Bad($"id: may have {OipParser.LongestId} characters at most and no control characters");
        }

        request.Id = id.Length == 0 ? null : id;
    }

    private static void ReadParameter(ReadOnlySpan<byte> entry, InferenceRequest request, NameTable names)
    {
        var parameter = InferParameterReader.Read(entry);
        if (parameter.Key.StartsWith("triton_"u8))
        {
            // NVIDIA's client asks every stream so. Here a request has one answer, and it is the final one.
            if (parameter.Key.SequenceEqual(EmptyFinal))
            {
                return;
            }

            throw Bad($"parameters.{Text(parameter.Key)}: names that begin with triton_ are reserved");
        }

        foreach (var (utf8, text) in names.Parameters)
        {
            if (parameter.Key.SequenceEqual(utf8))
            {
                (request.Routing ??= []).Add(new RoutingValue(text, parameter.Said()));
            }
        }

        if (parameter.Key.SequenceEqual("event_time"u8))
        {
            request.EventTime = EventTime.TryParse(Text(parameter.Text), out var time)
                ? time
                : throw Bad($"parameters.event_time: must be an ISO 8601 instant such as {EventTime.Example}");
        }
        else if (parameter.Key.SequenceEqual("priority"u8))
        {
            SchedulePolicy.SetPriority(request, WholeOf(parameter));
        }
        else if (parameter.Key.SequenceEqual("timeout"u8))
        {
            SchedulePolicy.SetTimeout(request, WholeOf(parameter));
        }
    }

    /// <summary>A whole number of 0 or more, also one written as a text; 0 for a choice that is not made; null for anything else.</summary>
    private static ulong? WholeOf(InferParameterReader.Entry parameter) => parameter.Choice switch
    {
        0 => 0,
        2 when parameter.Whole >= 0 => (ulong)parameter.Whole,
        3 when ulong.TryParse(parameter.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        5 => (ulong)parameter.Whole,
        _ => null,
    };

    private static InputTensor ReadInput(ReadOnlySpan<byte> message, int index, NameTable names, ref int nextName, bool raw, ReadOnlySpan<byte> block)
    {
        string? name = null;
        OnnxType? type = null;
        ReadOnlySpan<byte> contents = [];
        var hasContents = false;
        Span<long> sizes = stackalloc long[MostDimensions];
        var rank = 0;
        var reader = new ProtoReader(message);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1:
                    var utf8 = reader.Bytes();
                    name = names.Find(utf8, ref nextName) ?? Text(utf8);
                    break;
                case 2:
                    type = Datatypes.Find(reader.Bytes());
                    if (type is null)
                    {
                        throw Bad($"inputs[{index}].datatype: must be one of {Datatypes.Names}, in upper case");
                    }

                    break;
                case 3:
                    ReadSizes(ref reader, sizes, ref rank, index);
                    break;
                case 4:
                    if (InferParameterReader.Read(reader.Bytes()).Key.SequenceEqual("shared_memory_region"u8))
                    {
                        throw Bad($"inputs[{index}].parameters: this server does not offer shared memory; send the tensor in the message");
                    }

                    break;
                case 5:
                    contents = reader.Bytes();
                    hasContents |= !contents.IsEmpty;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var missing = name is null ? "name" : type is null ? "datatype" : null;
        if (missing is not null)
        {
            throw Bad($"inputs[{index}].{missing}: missing");
        }

        if (raw && hasContents)
        {
            throw Bad($"inputs[{index}] '{name}': has contents although the request has raw_input_contents; use one of them for all inputs");
        }

        var shape = sizes[..rank].ToArray();
        var elements = OipParser.Elements(shape);
        var place = $"inputs[{index}] '{name}'";
        var data = raw ? BinaryTensor.Read(block, type!.Value, elements, place).OrThrow() : InferContentsReader.Read(contents, type!.Value, elements, place);
        return new InputTensor(name!, type.Value, shape, data.Numbers, data.Texts, data.Elements);
    }

    private static void ReadSizes(ref ProtoReader reader, scoped Span<long> sizes, ref int rank, int index)
    {
        if (reader.Wire == ProtoReader.VarintWire)
        {
            Add(sizes, ref rank, (long)reader.Varint(), index);
            return;
        }

        var packed = new ProtoReader(reader.Bytes());
        while (!packed.AtEnd)
        {
            Add(sizes, ref rank, (long)packed.Varint(), index);
        }

        static void Add(scoped Span<long> sizes, ref int rank, long size, int index)
        {
            if (rank == sizes.Length || size < 0)
            {
                throw Bad(size < 0 ? $"inputs[{index}].shape[{rank}]: must be 0 or more" : $"inputs[{index}].shape: has more than {MostDimensions} dimensions");
            }

            sizes[rank++] = size;
        }
    }

    private static WantedOutput ReadOutput(ReadOnlySpan<byte> message, int index, NameTable names, ref int nextName)
    {
        string? name = null;
        var classes = 0;
        var reader = new ProtoReader(message);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1:
                    var utf8 = reader.Bytes();
                    name = names.Find(utf8, ref nextName) ?? Text(utf8);
                    break;
                case 2:
                    var parameter = InferParameterReader.Read(reader.Bytes());
                    if (parameter.Key.SequenceEqual("shared_memory_region"u8))
                    {
                        throw Bad($"outputs[{index}].parameters: this server does not offer shared memory");
                    }

                    if (parameter.Key.SequenceEqual("classification"u8))
                    {
                        classes = parameter.Whole is > 0 and <= int.MaxValue
                            ? (int)parameter.Whole
                            : throw Bad($"outputs[{index}].parameters.classification: must be a whole number, 1 or more");
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new WantedOutput(name ?? throw Bad($"outputs[{index}].name: missing"), null, classes);
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private static ProblemException Bad(string message) => new(Problem.Invalid(message));
}

/// <summary>An entry of a parameter map: its key, and its value as text or whole number.</summary>
internal static class InferParameterReader
{
    public ref struct Entry
    {
        public ReadOnlySpan<byte> Key;
        public ReadOnlySpan<byte> Text;
        public long Whole;

        /// <summary>Field of the choice: 1 truth, 2 whole number, 3 text, 4 floating-point number, 5 whole number without a sign.</summary>
        public int Choice;

        public double Real;

        public bool Truth;

        /// <summary>The value as text, as JSON writes it.</summary>
        public readonly string Said() => Choice switch
        {
            1 => Truth ? "true" : "false",
            3 => Encoding.UTF8.GetString(Text),
            4 => Real.ToString("R", CultureInfo.InvariantCulture),
            5 => ((ulong)Whole).ToString(CultureInfo.InvariantCulture),
            _ => Whole.ToString(CultureInfo.InvariantCulture),
        };
    }

    public static Entry Read(ReadOnlySpan<byte> entry)
    {
        var found = default(Entry);
        var reader = new ProtoReader(entry);
        while (reader.Next(out var field))
        {
            if (field == 1)
            {
                found.Key = reader.Bytes();
            }
            else if (field == 2)
            {
                ReadValue(new ProtoReader(reader.Bytes()), ref found);
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }

    private static void ReadValue(ProtoReader value, ref Entry found)
    {
        while (value.Next(out var choice))
        {
            found.Choice = choice;
            if (choice is 2 or 5 && value.Wire == ProtoReader.VarintWire)
            {
                found.Whole = (long)value.Varint();
            }
            else if (choice == 3)
            {
                found.Text = value.Bytes();
            }
            else if (choice == 1 && value.Wire == ProtoReader.VarintWire)
            {
                found.Truth = value.Varint() != 0;
            }
            else if (choice == 4 && value.Wire == ProtoReader.Fixed64Wire)
            {
                found.Real = BitConverter.UInt64BitsToDouble(value.Fixed64());
            }
            else
            {
                value.Skip();
            }
        }
    }
}
