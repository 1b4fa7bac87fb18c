using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>What goes into a remote model and comes out, in the server's own words.</summary>
/// <param name="Binary">The server takes and gives binary blocks.</param>
internal sealed record RemoteSignature(IReadOnlyList<OnnxTensorSpec> Inputs, IReadOnlyList<OnnxTensorSpec> Outputs, bool Binary)
{
    /// <summary>
    /// For V1 servers that tell no metadata (KServe's do not): one tensor of numbers in, one out.
    /// </summary>
    private static readonly RemoteSignature Untold = new(
        [new OnnxTensorSpec("instances", OnnxType.FP64, [-1, -1])], [new OnnxTensorSpec("predictions", OnnxType.FP64, [-1, -1])], false);

    public static async Task<Result<RemoteSignature>> ReadAsync(RemoteServer server, RemoteTarget target, CancellationToken cancellation) =>
        target.Protocol == RemoteProtocol.V2 ? await ReadV2Async(server, target, cancellation) : await ReadV1Async(server, target, cancellation);

    private static async Task<Result<RemoteSignature>> ReadV2Async(RemoteServer server, RemoteTarget target, CancellationToken cancellation)
    {
        var metadata = await server.GetAsync(target.Model, cancellation);
        if (!metadata.TryGet(out var told, out var problem))
        {
            return problem;
        }

        // A server that does not say what it can is spoken to in JSON, which all of them can.
        var binary = (await server.GetAsync(target.Server, cancellation)).TryGet(out var about, out _)
            && Encoding.UTF8.GetString(about.Body).Contains("\"binary_tensor_data\"", StringComparison.Ordinal);
        return Parsed(target, told.Body, root => new RemoteSignature(Tensors(root, "inputs"), Tensors(root, "outputs"), binary));
    }

    private static async Task<Result<RemoteSignature>> ReadV1Async(RemoteServer server, RemoteTarget target, CancellationToken cancellation)
    {
        var status = await server.GetAsync(target.Model, cancellation);
        if (!status.Succeeded)
        {
            return status.Problem;
        }

        var metadata = await server.GetAsync(new Uri($"{target.Model}/metadata"), cancellation);
        return metadata.TryGet(out var told, out _)
            ? Parsed(target, told.Body, root =>
            {
                var signature = root.GetProperty("metadata").GetProperty("signature_def").GetProperty("signature_def").GetProperty("serving_default");
                return new RemoteSignature(TensorFlow(signature.GetProperty("inputs")), TensorFlow(signature.GetProperty("outputs")), false);
            })
            : Untold;
    }

    private static Result<RemoteSignature> Parsed(RemoteTarget target, byte[] body, Func<JsonElement, RemoteSignature> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var signature = read(document.RootElement);
            return signature.Inputs.Count > 0 && signature.Outputs.Count > 0
                ? signature
                : Problem.Invalid($"{target.Model} does not say which inputs and outputs the model has");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Problem.Invalid($"What {target.Model} says of its model cannot be read: {e.Message}");
        }
    }

    private static OnnxTensorSpec[] Tensors(JsonElement root, string list) =>
    [
        .. root.GetProperty(list).EnumerateArray().Select(t => new OnnxTensorSpec(
            t.GetProperty("name").GetString()!,
            Datatypes.Find(Encoding.UTF8.GetBytes(t.GetProperty("datatype").GetString()!)) ?? throw new FormatException($"datatype {t.GetProperty("datatype")}"),
            [.. t.GetProperty("shape").EnumerateArray().Select(Size)])),
    ];

    private static OnnxTensorSpec[] TensorFlow(JsonElement tensors) =>
    [
        .. tensors.EnumerateObject().Select(t => new OnnxTensorSpec(
            t.Name, TypeOf(t.Value.GetProperty("dtype").GetString()!),
            [.. t.Value.GetProperty("tensor_shape").TryGetProperty("dim", out var dims) ? dims.EnumerateArray().Select(d => Size(d.GetProperty("size"))) : []])),
    ];

    private static long Size(JsonElement size) =>
        size.ValueKind == JsonValueKind.String ? long.Parse(size.GetString()!, CultureInfo.InvariantCulture) : size.GetInt64();

    private static OnnxType TypeOf(string dtype) => dtype switch
    {
        "DT_FLOAT" => OnnxType.FP32,
        "DT_DOUBLE" => OnnxType.FP64,
        "DT_HALF" => OnnxType.FP16,
        "DT_BFLOAT16" => OnnxType.BF16,
        "DT_STRING" => OnnxType.BYTES,
        _ => Datatypes.Find(Encoding.UTF8.GetBytes(dtype.Replace("DT_", "", StringComparison.Ordinal))) ?? throw new FormatException($"dtype {dtype}"),
    };
}
