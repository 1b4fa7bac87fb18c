using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.V1;

/// <summary>
/// <c>GET /v1/models/{model}</c>: KServe's name and ready, and TensorFlow Serving's model_version_status, in one object; and
/// <c>.../metadata</c>.
/// </summary>
internal sealed class DescribeV1(RouteTable routes, LabelledVersions labels)
{
    /// <summary>TensorFlow's name of the signature that a model is asked by.</summary>
    public const string Signature = "serving_default";

    private static readonly string[] Verbs = [":predict", ":explain"];

    public async Task StatusAsync(HttpContext http)
    {
        if (http.Request.Method == HttpMethods.Get && Array.Find(Verbs, v => http.Request.Path.Value!.EndsWith(v, StringComparison.Ordinal)) is { } verb)
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            await OipAnswer.WriteAsync(http, new Problem(ProblemCode.MethodNotAllowed, $"{http.Request.Path}: GET is not allowed here, POST is ({verb} asks the model)"));
            return;
        }

        if (!(await labels.FindAsync(routes, http)).TryGet(out var target, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var versions = target.Asked ? [target.Revision.VersionText] : target.Route.Loaded.Select(r => r.VersionText).Distinct().ToArray();
        await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name", target.Route.Name);
            writer.WriteBoolean("ready", true);
            writer.WriteStartArray("model_version_status");
            foreach (var version in versions)
            {
                writer.WriteStartObject();
                writer.WriteString("version", version);
                writer.WriteString("state", "AVAILABLE");
                writer.WriteStartObject("status");
                writer.WriteString("error_code", "OK");
                writer.WriteString("error_message", "");
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    public async Task MetadataAsync(HttpContext http)
    {
        if (!(await labels.FindAsync(routes, http)).TryGet(out var target, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var model = target.Revision.Model.Model;
        await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartObject("model_spec");
            writer.WriteString("name", target.Route.Name);
            writer.WriteString("signature_name", "");
            writer.WriteString("version", target.Revision.VersionText);
            writer.WriteEndObject();
            writer.WriteStartObject("metadata");
            writer.WriteStartObject("signature_def");
            writer.WriteStartObject("signature_def");
            writer.WriteStartObject(Signature);
            Write(writer, "inputs", model.Inputs);
            Write(writer, "outputs", model.Outputs);
            writer.WriteString("method_name", "tensorflow/serving/predict");
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter writer, string list, IReadOnlyList<OnnxTensorSpec> specs)
    {
        writer.WriteStartObject(list);
        foreach (var spec in specs)
        {
            writer.WriteStartObject(spec.Name);
            writer.WriteString("dtype", TypeOf(spec.Type));
            writer.WriteStartObject("tensor_shape");
            writer.WriteStartArray("dim");
            foreach (var size in spec.Dims)
            {
                writer.WriteStartObject();
                writer.WriteString("size", size.ToString(System.Globalization.CultureInfo.InvariantCulture));
                writer.WriteString("name", "");
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteBoolean("unknown_rank", false);
            writer.WriteEndObject();
            writer.WriteString("name", spec.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>TensorFlow's name of a type.</summary>
    private static string TypeOf(OnnxType type) => type switch
    {
        OnnxType.FP32 => "DT_FLOAT",
        OnnxType.FP64 => "DT_DOUBLE",
        OnnxType.FP16 => "DT_HALF",
        OnnxType.BF16 => "DT_BFLOAT16",
        OnnxType.BYTES => "DT_STRING",
        _ => "DT_" + type.WireName(),
    };
}
