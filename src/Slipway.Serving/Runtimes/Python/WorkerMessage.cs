using System.Text.Json;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Runtimes.Python;

/// <param name="Shape">As declared (-1 for any size; null for any shape at all), or as it is.</param>
internal sealed record WorkerTensor(string Name, OnnxType Type, long[]? Shape, int Bytes, bool Required);

/// <summary>A frame's header as a worker sends it.</summary>
/// <param name="Type">hello, loaded, answer, ask or error.</param>
internal sealed record WorkerMessage(string Type)
{
    public string Token { get; init; } = "";

    public long Id { get; init; }

    /// <summary>invalid, unsupported, internal or cancelled.</summary>
    public string Code { get; init; } = "";

    public string Words { get; init; } = "";

    /// <summary>columns or tensors of a model; code.</summary>
    public string Kind { get; init; } = "";

    public string Platform { get; init; } = "";

    public IReadOnlyList<WorkerTensor> Inputs { get; init; } = [];

    public IReadOnlyList<WorkerTensor> Outputs { get; init; } = [];

    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What the user's class has of its role's methods.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Of a call's answer: the length of its JSON when binary blocks follow.</summary>
    public int Json { get; init; }

    /// <summary>Of a call's answer: it is text and no JSON.</summary>
    public bool IsText { get; init; }

    /// <exception cref="BrokenFrameException">Anything but what a worker sends.</exception>
    public static WorkerMessage Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new WorkerMessage(Text(root, "type"))
            {
                Token = Text(root, "token"), Code = Text(root, "code"), Words = Text(root, "message"), Kind = Text(root, "kind"), Platform = Text(root, "platform"),
                Id = root.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number ? id.GetInt64() : 0, Inputs = Tensors(root, "inputs"),
                Outputs = Tensors(root, "outputs"),
                Classes = Texts(root, "classes"), Methods = Texts(root, "methods"), Json = root.TryGetProperty("json", out var length) ? length.GetInt32() : 0,
                IsText = root.TryGetProperty("text", out var text) && text.GetBoolean(),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new BrokenFrameException($"it sent a header that cannot be read: {e.Message}");
        }
    }

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string[] Texts(JsonElement of, string name) =>
        of.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(c => c.GetString() ?? "")] : [];

    private static WorkerTensor[] Tensors(JsonElement of, string name) =>
        of.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(Tensor)] : [];

    private static WorkerTensor Tensor(JsonElement one)
    {
        if (!OnnxTypes.TryParse(one.GetProperty("datatype").GetString() ?? "", out var type))
        {
            throw new FormatException("no such datatype");
        }

        var shape = one.GetProperty("shape");
        return new WorkerTensor(
            one.GetProperty("name").GetString() ?? throw new FormatException("a tensor has no name"), type,
            shape.ValueKind == JsonValueKind.Null ? null : [.. shape.EnumerateArray().Select(s => s.GetInt64())],
            one.TryGetProperty("bytes", out var bytes) ? bytes.GetInt32() : 0, !one.TryGetProperty("required", out var required) || required.GetBoolean());
    }
}
