using System.Buffers;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Natural;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>V1 as a client speaks it, in rows: the form that TensorFlow Serving and KServe's servers have in common.</summary>
internal static class RemoteV1
{
    public static ReadOnlyMemory<byte> Write(InferenceRequest request, RemoteSignature signature)
    {
        var tensors = RequestTensors.Of(request);
        var body = new ArrayBufferWriter<byte>(Math.Max(1024, request.BodyBytes));
        using var writer = new Utf8JsonWriter(body);
        writer.WriteStartObject();
        writer.WriteStartArray("instances");
        for (var row = 0; row < request.Rows; row++)
        {
            if (signature.Inputs.Count == 1)
            {
                NaturalWriter.WriteRow(writer, tensors, 0, row);
                continue;
            }

            writer.WriteStartObject();
            for (var i = 0; i < tensors.Count; i++)
            {
                writer.WritePropertyName(tensors.Spec(i).Name);
                NaturalWriter.WriteRow(writer, tensors, i, row);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return body.WrittenMemory;
    }

    public static Result<TensorSet> Read(RemoteAnswer answer, RemoteSignature signature, int[] outputs)
    {
        if (!NaturalBody.Parse(answer.Body).TryGet(out var document, out var problem))
        {
            return problem;
        }

        using (document)
        {
            var received = new InferenceRequest();
            try
            {
                if (!document.RootElement.TryGetProperty("predictions", out var predictions) || predictions.ValueKind != JsonValueKind.Array)
                {
                    return Problem.Invalid("it has no list \"predictions\"");
                }

                foreach (var place in outputs)
                {
                    received.Inputs.Add(NaturalTensor.ReadRows(Column(predictions, signature.Outputs[place]), signature.Outputs[place], row => $"predictions[{row}]"));
                }

                return new RequestTensors(received, [.. Enumerable.Range(0, outputs.Length)], owns: true);
            }
            catch (ProblemException e)
            {
                received.Dispose();
                return e.Problem;
            }
        }
    }

    /// <summary>One output of every row: a row is the value itself, or an object of outputs.</summary>
    private static List<JsonElement> Column(JsonElement predictions, OnnxTensorSpec output)
    {
        var column = new List<JsonElement>(predictions.GetArrayLength());
        foreach (var row in predictions.EnumerateArray())
        {
            column.Add(row.ValueKind != JsonValueKind.Object ? row
                : row.TryGetProperty(output.Name, out var value) ? value
                : throw new ProblemException(Problem.Invalid($"output '{output.Name}' is missing in row {column.Count}")));
        }

        return column;
    }
}
