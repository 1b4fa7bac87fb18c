using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Registry.Files;

/// <summary>What MLflow's <c>MLmodel</c> file says of a model: in which forms it is kept, what goes in and out.</summary>
/// <param name="OnnxData">The path of the ONNX file within the folder; null without an ONNX flavor.</param>
/// <param name="InputExample">The path of the example; null when there is none.</param>
internal sealed record MlModelFile(
    IReadOnlyList<string> Flavors, string? Framework, string? FrameworkVersion, string? OnnxData, string? InputExample, IReadOnlyList<TensorSpec> Inputs,
    IReadOnlyList<TensorSpec> Outputs)
{
    public const int LargestFile = 4 * 1024 * 1024;

    // Forms that say how to call a model, not what made it.
    private static readonly string[] Generic = ["python_function", "mleap", "onnx"];

    public static Result<MlModelFile> Parse(string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents.Count > 0 && yaml.Documents[0].RootNode is YamlMappingNode root
                ? Read(root)
                : Problem.Invalid("the MLmodel file is no YAML mapping");
        }
        catch (Exception exception) when (exception is YamlException or JsonException or InvalidOperationException or FormatException)
        {
            return Problem.Invalid($"the MLmodel file cannot be read: {exception.Message}");
        }
    }

    private static MlModelFile Read(YamlMappingNode root)
    {
        var flavors = Map(root, "flavors");
        var names = flavors?.Children.Keys.OfType<YamlScalarNode>().Select(k => k.Value ?? "").Where(k => k.Length > 0).ToArray() ?? [];
        var framework = names.Except(Generic, StringComparer.Ordinal).FirstOrDefault() ?? names.FirstOrDefault(n => n != "python_function");
        var version = framework is null || flavors is null
            ? null
            : Map(flavors, framework)?.Children.Where(c => c.Key is YamlScalarNode { Value: { } key } && key.EndsWith("_version", StringComparison.Ordinal) && !key.StartsWith("python", StringComparison.Ordinal))
                .Select(c => (c.Value as YamlScalarNode)?.Value).FirstOrDefault();
        var onnx = flavors is null ? null : Map(flavors, "onnx");
        var signature = Map(root, "signature");
        return new MlModelFile(
            names, framework, version, onnx is null ? null : Text(onnx, "data") ?? "model.onnx",
            Map(root, "saved_input_example_info") is { } example ? Text(example, "artifact_path") : null,
            signature is null ? [] : Tensors(Text(signature, "inputs"), "input"), signature is null ? [] : Tensors(Text(signature, "outputs"), "output"));
    }

    // Signatures stand in the YAML as JSON text: [{"name": .., "type": "double"}] or [{"type": "tensor", "tensor-spec": {"dtype": .., "shape": [..]}}].
    private static TensorSpec[] Tensors(string? json, string fallback)
    {
        if (string.IsNullOrWhiteSpace(json) || JsonNode.Parse(json) is not JsonArray items)
        {
            return [];
        }

        var tensors = items.OfType<JsonObject>().Select((item, i) => Tensor(item, Numbered(fallback, i))).ToArray();
        return tensors.DistinctBy(t => t.Name, StringComparer.Ordinal).Count() == tensors.Length
            ? tensors
            : [.. tensors.Select((t, i) => t with { Name = Numbered(t.Name, i) })];
    }

    private static TensorSpec Tensor(JsonObject item, string fallback)
    {
        var name = (string?)item["name"] is { Length: > 0 } given ? given : fallback;
        if (item["tensor-spec"] is JsonObject spec)
        {
            var shape = (spec["shape"] as JsonArray ?? []).Select(d => d is null ? -1 : (long)d).ToArray();
            return new TensorSpec(name, Datatype((string?)spec["dtype"] ?? ""), shape);
        }

        // A column is as long as there are rows.
        return new TensorSpec(name, Datatype(item["type"] is JsonValue type && type.TryGetValue<string>(out var column) ? column : "object"), [-1]);
    }

    private static string Datatype(string type) => type switch
    {
        "boolean" or "bool" => "BOOL",
        "integer" or "int32" => "INT32",
        "long" or "int64" => "INT64",
        "int8" => "INT8",
        "int16" => "INT16",
        "uint8" => "UINT8",
        "uint16" => "UINT16",
        "uint32" => "UINT32",
        "uint64" => "UINT64",
        "float16" => "FP16",
        "float" or "float32" => "FP32",
        "double" or "float64" => "FP64",
        _ => "BYTES",
    };

    private static string Numbered(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}_{index}");

    private static YamlMappingNode? Map(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child as YamlMappingNode : null;

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) && child is YamlScalarNode { Value: { Length: > 0 } value } && value is not ("null" or "~") ? value : null;
}
