using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>A ModelInferRequest in the REST form of the protocol: JSON throughout, since graphs look into it and transformers need not know binary blocks.</summary>
internal static class RestRequest
{
    /// <summary>Invalid for a message that is none, and for tensors of which JSON would say less: infinities, and texts that are not UTF-8.</summary>
    /// <param name="raw">Whether tensors came as raw bytes, so that the answer's do too.</param>
    public static Result<byte[]> Of(ReadOnlyMemory<byte> message, out bool raw)
    {
        ModelInferRequest asked;
        if (!InferMessageReader.Read(message.Span, NameTable.Empty, out raw).TryGet(out var read, out var problem))
        {
            return problem;
        }

        using (read)
        {
            try
            {
                asked = ModelInferRequest.Parser.ParseFrom(message.Span);
            }
            catch (InvalidProtocolBufferException e)
            {
                return Problem.Invalid($"The message is not the protobuf message of this method: {e.Message}");
            }

            var tensors = RequestTensors.Of(read);
            for (var i = 0; i < tensors.Count; i++)
            {
                if (Unsayable(tensors, i) is { } what)
                {
                    return Problem.Invalid($"inputs[{i}] '{tensors.Spec(i).Name}': has {what}, which JSON cannot say, and this model is reached over JSON");
                }
            }

            return Write(asked, tensors);
        }
    }

    private static byte[] Write(ModelInferRequest asked, RequestTensors tensors)
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, OipWriter.Options))
        {
            writer.WriteStartObject();
            if (asked.Id.Length > 0)
            {
                writer.WriteString("id", asked.Id);
            }

            asked.Parameters.Remove(Encoding.UTF8.GetString(InferMessageReader.EmptyFinal));
            WriteParameters(writer, asked.Parameters);
            writer.WriteStartArray("inputs");
            for (var i = 0; i < tensors.Count; i++)
            {
                writer.WriteStartObject();
                writer.WriteString("name", tensors.Spec(i).Name);
                TensorWriter.WriteShape(writer, tensors.Shape(i));
                writer.WriteString("datatype", tensors.Spec(i).Datatype);
                WriteParameters(writer, asked.Inputs[i].Parameters);
                writer.WriteStartArray("data");
                TensorWriter.WriteElements(writer, tensors, i, 0, tensors.Elements(i));
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (asked.Outputs.Count > 0)
            {
                writer.WriteStartArray("outputs");
                foreach (var output in asked.Outputs)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", output.Name);
                    WriteParameters(writer, output.Parameters);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return body.ToArray();
    }

    private static void WriteParameters(Utf8JsonWriter writer, MapField<string, InferParameter> parameters)
    {
        if (parameters.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("parameters");
        foreach (var (name, value) in parameters)
        {
            switch (value.ParameterChoiceCase)
            {
                case InferParameter.ParameterChoiceOneofCase.BoolParam:
                    writer.WriteBoolean(name, value.BoolParam);
                    break;
                case InferParameter.ParameterChoiceOneofCase.Int64Param:
                    writer.WriteNumber(name, value.Int64Param);
                    break;
                case InferParameter.ParameterChoiceOneofCase.Uint64Param:
                    writer.WriteNumber(name, value.Uint64Param);
                    break;
                case InferParameter.ParameterChoiceOneofCase.DoubleParam when double.IsFinite(value.DoubleParam):
                    writer.WriteNumber(name, value.DoubleParam);
                    break;
                case InferParameter.ParameterChoiceOneofCase.StringParam:
                    writer.WriteString(name, value.StringParam);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>NaN goes as null, the missing number, and comes back as NaN.</summary>
    private static string? Unsayable(RequestTensors tensors, int input)
    {
        switch (tensors.Spec(input).Type)
        {
            case OnnxType.BYTES:
                for (var i = 0; i < tensors.Elements(input); i++)
                {
                    if (!Utf8.IsValid(tensors.Text(input, i)))
                    {
                        return $"an element {i} that is not UTF-8";
                    }
                }

                return null;
            case OnnxType.FP32 or OnnxType.FP64 or OnnxType.FP16 or OnnxType.BF16:
                for (var i = 0; i < tensors.Elements(input); i++)
                {
                    if (OutputElement.Read(tensors, input, i) is double number && double.IsInfinity(number))
                    {
                        return "an infinity";
                    }
                }

                return null;
            default:
                return null;
        }
    }
}
