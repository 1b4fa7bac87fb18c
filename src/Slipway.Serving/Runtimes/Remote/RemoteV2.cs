using System.Buffers;
using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>The Open Inference Protocol as a client speaks it: binary blocks where the server has them, else JSON.</summary>
internal static class RemoteV2
{
    /// <summary>The body, and the length of its JSON when binary blocks follow (else -1).</summary>
    public static (ReadOnlyMemory<byte> Body, int Header) Write(InferenceRequest request, RemoteSignature signature, int[] outputs)
    {
        var tensors = RequestTensors.Of(request);

        // Not pooled: a call that is given up may still be reading it.
        var body = new ArrayBufferWriter<byte>(Math.Max(1024, request.BodyBytes));
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            if (request.Id is { } id)
            {
                writer.WriteString("id", id);
            }

            writer.WriteStartArray("inputs");
            for (var i = 0; i < tensors.Count; i++)
            {
                WriteInput(writer, tensors, i, signature.Binary);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("outputs");
            foreach (var place in outputs)
            {
                writer.WriteStartObject();
                writer.WriteString("name", signature.Outputs[place].Name);
                if (signature.Binary)
                {
                    writer.WriteStartObject("parameters");
                    writer.WriteBoolean("binary_data", true);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        if (!signature.Binary)
        {
            return (body.WrittenMemory, -1);
        }

        var header = body.WrittenCount;
        for (var i = 0; i < tensors.Count; i++)
        {
            InferenceWriter.WriteBlock(body, tensors, i);
        }

        return (body.WrittenMemory, header);
    }

    /// <summary>The outputs wanted, in the order wanted.</summary>
    public static Result<TensorSet> Read(RemoteAnswer answer, NameTable names, RemoteSignature signature, int[] outputs)
    {
        if (!OipParser.ParseAnswer(answer.Body, names, answer.Header).TryGet(out var received, out var problem))
        {
            return problem;
        }

        var order = new int[outputs.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var spec = signature.Outputs[outputs[i]];
            order[i] = received.Inputs.FindIndex(t => t.Name == spec.Name);
            if (order[i] < 0 || received.Inputs[order[i]].Type != spec.Type)
            {
                received.Dispose();
                return Problem.Invalid(order[i] < 0 ? $"output '{spec.Name}' is missing" : $"output '{spec.Name}' is not {spec.Datatype}");
            }
        }

        return new RequestTensors(received, order, owns: true);
    }

    private static void WriteInput(Utf8JsonWriter writer, RequestTensors tensors, int input, bool binary)
    {
        var spec = tensors.Spec(input);
        writer.WriteStartObject();
        writer.WriteString("name", spec.Name);
        TensorWriter.WriteShape(writer, tensors.Shape(input));
        writer.WriteString("datatype", spec.Datatype);
        if (binary)
        {
            writer.WriteStartObject("parameters");
            writer.WriteNumber("binary_data_size", tensors.BinarySize(input));
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray("data");
            TensorWriter.WriteElements(writer, tensors, input, 0, tensors.Elements(input));
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
