using System.Text.Json;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Graphs;

/// <summary>What a step or a node answered: an HTTP status and JSON.</summary>
internal sealed record StepAnswer(int Status, byte[] Body)
{
    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>A failure in words.</summary>
    public static StepAnswer Failed(int status, string message)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, OipWriter.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("error", message);
            writer.WriteEndObject();
        }

        return new StepAnswer(status, bytes.ToArray());
    }

    /// <summary>The same failure, told of the place where it happened. Told once: an inner node has told it already.</summary>
    public StepAnswer At(string place) => Succeeded || Message() is not { } message || message.StartsWith("node '", StringComparison.Ordinal)
        ? this
        : Failed(Status, $"{place}: {message}");

    /// <summary>The reason in an error's body, in the forms that servers give it; the body itself when it has none of them.</summary>
    public string Message()
    {
        try
        {
            using var json = JsonDocument.Parse(Body);
            foreach (var name in new[] { "error", "detail", "message" })
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var text))
                {
                    return text.ValueKind == JsonValueKind.String ? text.GetString()! : text.GetRawText();
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON: shown as it is.
        }

        return Text();
    }

    /// <summary>The beginning of the body, whatever it is.</summary>
    public string Text()
    {
        var shown = System.Text.Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 500)));
        return shown.Length == 0 ? $"answered {Status}" : shown;
    }
}
