using System.Text.Json;
using System.Text.Unicode;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>Bodies on their way through a graph, and what one answer means for the next question.</summary>
internal static class GraphBody
{
    /// <summary>Deeper than what is let in, because ensembles nest what their steps answer.</summary>
    private static readonly JsonDocumentOptions Inside = new() { MaxDepth = 512 };

    /// <summary>Null when it is JSON of sound texts, nested at most 64 deep; else what is wrong.</summary>
    public static string? Fault(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return "it is not UTF-8";
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                {
                    // Half of a surrogate pair parses and is no text.
                    _ = reader.GetString();
                }
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return e.Message;
        }
    }

    public static JsonDocument Open(byte[] body) => JsonDocument.Parse(body, Inside);

    /// <summary>
    /// The body that a step is sent. An answer that lacks what is asked of it is sent as it is: the step says best what it misses.
    /// </summary>
    /// <param name="request">What the node was sent.</param>
    /// <param name="response">What the step before answered; the request while there was none.</param>
    public static byte[] Of(StepData data, byte[] request, byte[] response) => data switch
    {
        StepData.Request => request,
        StepData.Response => response,
        StepData.Predictions => Moved(response, "predictions", "instances"),
        _ => Moved(response, "outputs", "inputs"),
    };

    /// <summary>For a model, which only takes questions: an answer becomes one.</summary>
    public static byte[] AsQuestion(byte[] body)
    {
        using var json = Open(body);
        var root = json.RootElement;
        return root.ValueKind != JsonValueKind.Object || root.TryGetProperty("inputs", out _) || root.TryGetProperty("instances", out _) ? body
            : root.TryGetProperty("predictions", out _) ? Moved(body, "predictions", "instances")
            : root.TryGetProperty("outputs", out _) ? Moved(body, "outputs", "inputs")
            : body;
    }

    /// <summary>Whether a question is of the Open Inference Protocol: its inputs are a list of tensors with their datatypes.</summary>
    public static bool IsOip(byte[] body)
    {
        using var json = Open(body);
        return json.RootElement.ValueKind == JsonValueKind.Object
            && json.RootElement.TryGetProperty("inputs", out var inputs) && inputs.ValueKind == JsonValueKind.Array
            && inputs.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Object && i.TryGetProperty("datatype", out _));
    }

    /// <summary>The request's id of the Open Inference Protocol; null when it has none.</summary>
    public static string? IdOf(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    private static byte[] Moved(byte[] body, string from, string to)
    {
        using var answer = Open(body);
        if (answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty(from, out var value))
        {
            return body;
        }

        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            if (IdOf(answer.RootElement) is { } id)
            {
                writer.WriteString("id", id);
            }

            writer.WritePropertyName(to);
            value.WriteTo(writer);
            writer.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
