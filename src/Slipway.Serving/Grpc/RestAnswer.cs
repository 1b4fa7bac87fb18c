using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Graphs;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Grpc;

/// <summary>An answer in the protocol's REST form, put into a ModelInferResponse. What an ensemble merged has its steps' names before its tensors'.</summary>
internal static class RestAnswer
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    /// <summary>The status and text of an HTTP answer that is a failure.</summary>
    public static Problem Failure(int status, byte[] body) => new(
        status switch
        {
            StatusCodes.Status401Unauthorized => ProblemCode.Unauthenticated,
            StatusCodes.Status403Forbidden => ProblemCode.Forbidden,
            StatusCodes.Status404NotFound => ProblemCode.NotFound,
            StatusCodes.Status405MethodNotAllowed or StatusCodes.Status501NotImplemented => ProblemCode.Unsupported,
            StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => ProblemCode.DeadlineExceeded,
            StatusCodes.Status409Conflict => ProblemCode.Conflict,
            StatusCodes.Status413PayloadTooLarge => ProblemCode.TooLarge,
            StatusCodes.Status429TooManyRequests => ProblemCode.Exhausted,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => ProblemCode.Unavailable,
            >= 300 and < 500 => ProblemCode.Invalid,
            _ => ProblemCode.Internal,
        },
        new StepAnswer(status, body).Message());

    /// <summary>Null when it is written; else what is wrong with the answer.</summary>
    /// <param name="name">Of the model or graph, where the answer does not say one.</param>
    /// <param name="header">How much of the body is JSON, when binary blocks follow.</param>
    public static Problem? Write(PooledBytes to, string name, byte[] body, StringValues header, bool raw)
    {
        var json = int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= body.Length ? length : -1;
        using var outputs = new InferenceRequest();
        try
        {
            using var document = JsonDocument.Parse(json < 0 ? body : body.AsMemory(0, json), Deep);
            var root = document.RootElement;
            if (IsAnswer(root))
            {
                Take(outputs, OipParser.ParseAnswer(body, NameTable.Empty, json).OrThrow(), "");
            }
            else
            {
                Flatten(outputs, root, "");
            }

            var head = new AnswerHead(TextOf(root, "model_name") ?? name, TextOf(root, "model_version") ?? "", TextOf(root, "id"), null, false, []);
            InferMessageWriter.Write(to, head, RequestTensors.Of(outputs), raw);
            WriteParameters(to, root);
            return null;
        }
        catch (JsonException e)
        {
            return Odd(name, e.Message);
        }
        catch (ProblemException e)
        {
            return Odd(name, e.Problem.Message);
        }
    }

    private static Problem Odd(string name, string why) => new(
        ProblemCode.Unsupported, $"'{name}' answered what cannot go over gRPC: {why}. Over HTTP it is passed on as it is");

    private static bool IsAnswer(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("outputs", out var outputs) && outputs.ValueKind == JsonValueKind.Array;

    /// <summary>An ensemble's answer: members are steps, and their values answers, ensembles in turn, or failures that were passed over.</summary>
    private static void Flatten(InferenceRequest to, JsonElement json, string before)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.EnumerateObject().Any())
        {
            throw new ProblemException(Problem.Invalid("it is no answer of the Open Inference Protocol"));
        }

        foreach (var member in json.EnumerateObject())
        {
            var place = before + member.Name;
            if (IsAnswer(member.Value))
            {
                Take(to, OipParser.ParseAnswer(Encoding.UTF8.GetBytes(member.Value.GetRawText()), NameTable.Empty, -1).OrThrow(), place + "/");
            }
            else if (member.Value.ValueKind == JsonValueKind.String && member.Name == "error")
            {
                to.Inputs.Add(new InputTensor(place, OnnxType.BYTES, [1], null, [Encoding.UTF8.GetBytes(member.Value.GetString()!)], 1));
            }
            else
            {
                Flatten(to, member.Value, place + "/");
            }
        }
    }

    /// <summary>The tensors change hands.</summary>
    private static void Take(InferenceRequest to, InferenceRequest from, string before)
    {
        to.Inputs.AddRange(from.Inputs.Select(t => before.Length == 0 ? t : new InputTensor(before + t.Name, t.Type, t.Shape, t.Numbers, t.Texts, t.Elements)));
        from.Inputs.Clear();
    }

    private static void WriteParameters(PooledBytes to, JsonElement root)
    {
        if (!root.TryGetProperty("parameters", out var parameters) || parameters.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        // Protobuf messages one behind the other are one.
        var more = new ModelInferResponse();
        foreach (var parameter in parameters.EnumerateObject())
        {
            var value = parameter.Value;
            InferParameter? told = value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => new() { BoolParam = value.ValueKind == JsonValueKind.True },
                JsonValueKind.String => new() { StringParam = value.GetString() },
                JsonValueKind.Number when value.TryGetInt64(out var whole) => new() { Int64Param = whole },
                JsonValueKind.Number => new() { DoubleParam = value.GetDouble() },
                _ => null,
            };
            if (told is not null)
            {
                more.Parameters.Add(parameter.Name, told);
            }
        }

        more.WriteTo(to);
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
