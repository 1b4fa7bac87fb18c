using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>Runs the operations that a query names and writes of their answers what it asked for.</summary>
internal sealed class GraphAnswer(HttpContext http, string ns, GraphVariables variables, Utf8JsonWriter writer)
{
    private readonly Dictionary<string, JsonElement?> _asked = new(StringComparer.Ordinal);

    /// <summary>What went wrong while running, in the caller's words; the fields concerned are null.</summary>
    public List<string> Errors { get; } = [];

    public async Task WriteAsync(IReadOnlyList<GraphPlannedRoot> roots, string kind)
    {
        writer.WriteStartObject();
        foreach (var root in roots)
        {
            writer.WritePropertyName(root.Field.Key);
            if (root.Root is { } known)
            {
                var input = root.Field.Arguments.FirstOrDefault(a => a.Key == "input").Value;
                await WriteObjectAsync(await AskAsync(known.Method, known.Path, Json(w => WriteInput(w, input))), root.Children, absent: false);
            }
            else if (root.Field.Name == "__typename")
            {
                writer.WriteStringValue(kind == "mutation" ? "Mutation" : "Query");
            }
            else
            {
                var said = root.Field.Arguments.FirstOrDefault(a => a.Key == "inputString").Value ?? new GraphValue(GraphValueKind.Null);
                await WriteObjectAsync(
                    Json(w =>
                    {
                        w.WriteStartObject();
                        w.WritePropertyName("output");
                        variables.Write(w, said);
                        w.WriteEndObject();
                    }),
                    root.Children, absent: false);
            }
        }

        writer.WriteEndObject();
    }

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, MlflowJson.Options))
        {
            write(json);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private void WriteInput(Utf8JsonWriter json, GraphValue? input)
    {
        if (input is null)
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
        else
        {
            variables.Write(json, input);
        }
    }

    /// <param name="absent">True when MLflow would have an empty message there, whose fields have their defaults; else null is null.</param>
    private async Task WriteObjectAsync(JsonElement? value, IReadOnlyList<GraphNode> nodes, bool absent)
    {
        if (value is not { ValueKind: JsonValueKind.Object } && !absent)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        foreach (var node in nodes)
        {
            writer.WritePropertyName(node.Key);
            if (node.Type is not { } type)
            {
                writer.WriteStringValue(node.Parent);
            }
            else
            {
                await WriteFieldAsync(node, type, await FieldAsync(node, type, value));
            }
        }

        writer.WriteEndObject();
    }

    private async Task WriteFieldAsync(GraphNode node, GraphFieldType type, JsonElement? value)
    {
        if (!type.IsList)
        {
            await WriteValueAsync(node, type, value);
            return;
        }

        writer.WriteStartArray();
        if (value is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var item in list.EnumerateArray())
            {
                await WriteValueAsync(node, type, item);
            }
        }

        writer.WriteEndArray();
    }

    private Task WriteValueAsync(GraphNode node, GraphFieldType type, JsonElement? value)
    {
        var kind = value?.ValueKind ?? JsonValueKind.Undefined;
        switch (type.Scalar)
        {
            case GraphScalar.None:
                return WriteObjectAsync(value, node.Children, absent: type.Type != "ApiError" && type.Name != "experiment");
            case GraphScalar.Long:
                writer.WriteStringValue(kind switch { JsonValueKind.Number => value!.Value.GetRawText(), JsonValueKind.String => value!.Value.GetString(), _ => "0" });
                break;
            case GraphScalar.Real when kind == JsonValueKind.Number:
                writer.WriteRawValue(value!.Value.GetRawText(), skipInputValidation: true);
                break;
            case GraphScalar.Real when kind == JsonValueKind.Undefined:
                writer.WriteNumberValue(0);
                break;
            case GraphScalar.Flag:
                writer.WriteBooleanValue(kind == JsonValueKind.True);
                break;
            case GraphScalar.Text when kind == JsonValueKind.Undefined:
                writer.WriteStringValue("");
                break;
            case GraphScalar.Text or GraphScalar.Word when kind == JsonValueKind.String:
                writer.WriteStringValue(value!.Value.GetString());
                break;
            case GraphScalar.Text when kind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                writer.WriteStringValue(value!.Value.GetRawText());
                break;
            default:
                // NaN among them, which JSON cannot say as a number.
                writer.WriteNullValue();
                break;
        }

        return Task.CompletedTask;
    }

    private async Task<JsonElement?> FieldAsync(GraphNode node, GraphFieldType type, JsonElement? parent)
    {
        if (parent is not { ValueKind: JsonValueKind.Object } object_)
        {
            return null;
        }

        if (node.Parent == GraphSchema.RunType && type.Name is "experiment" or "modelVersions" && object_.TryGetProperty("info", out var info))
        {
            return type.Name == "experiment"
                ? await PartAsync("2.0/mlflow/experiments/get", "experiment_id", info.GetProperty("experiment_id").GetString()!, "experiment")
                : await PartAsync("2.0/mlflow/model-versions/search", "filter", $"run_id='{info.GetProperty("run_id").GetString()}'", "model_versions");
        }

        return object_.TryGetProperty(type.Wire, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private async Task<JsonElement?> PartAsync(string path, string field, string value, string part)
    {
        var key = $"{path} {value}";
        if (!_asked.TryGetValue(key, out var answer))
        {
            answer = await AskAsync("GET", path, Json(w =>
            {
                w.WriteStartObject();
                w.WriteString(field, value);
                w.WriteEndObject();
            }));
            _asked.Add(key, answer);
        }

        return answer is { } found && found.TryGetProperty(part, out var inside) ? inside : null;
    }

    /// <summary>The answer of the REST operation behind a path, or null after an error.</summary>
    private async Task<JsonElement?> AskAsync(string method, string path, JsonElement input)
    {
        var operation = http.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<MlflowOperation>())
            .FirstOrDefault(o => o?.Method == method && o.Path == path);
        if (operation is null)
        {
            Errors.Add($"This server has no {path}.");
            return null;
        }

        if (input.ValueKind != JsonValueKind.Object)
        {
            Errors.Add("The argument 'input' must be an object.");
            return null;
        }

        Problem? problem;
        try
        {
            if ((await operation.Handler(new MlflowCall(http, ns, MlflowFields.Root(input, query: false)))).TryGet(out var reply, out problem))
            {
                return reply.Read();
            }
        }
        catch (ProblemException thrown)
        {
            problem = thrown.Problem;
        }

        Errors.Add(problem.Message);
        return null;
    }
}
