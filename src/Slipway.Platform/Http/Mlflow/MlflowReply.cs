using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>What a handler of an MLflow route answers with: JSON, or something that writes itself.</summary>
public abstract class MlflowReply
{
    /// <summary><c>{}</c>.</summary>
    public static MlflowReply Empty { get; } = new JsonReply(static _ => { }, StatusCodes.Status200OK);

    /// <summary>One JSON object; <paramref name="members"/> writes what stands between the braces. It is built whole before anything is sent.</summary>
    public static MlflowReply Object(Action<Utf8JsonWriter> members, int status = StatusCodes.Status200OK) => new JsonReply(members, status);

    /// <summary>Whatever <paramref name="write"/> sends: text, or an answer too large to build first.</summary>
    public static MlflowReply Stream(Func<HttpContext, Task> write) => new StreamReply(write);

    internal abstract Task WriteAsync(HttpContext http);

    /// <summary>The JSON that would be sent; null for what writes itself.</summary>
    internal virtual JsonElement? Read() => null;

    private sealed class JsonReply(Action<Utf8JsonWriter> members, int status) : MlflowReply
    {
        internal override Task WriteAsync(HttpContext http) => MlflowJson.SendAsync(http, status, members);

        internal override JsonElement? Read()
        {
            var buffer = new ArrayBufferWriter<byte>(1024);
            using (var writer = new Utf8JsonWriter(buffer, MlflowJson.Options))
            {
                writer.WriteStartObject();
                members(writer);
                writer.WriteEndObject();
            }

            return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
        }
    }

    private sealed class StreamReply(Func<HttpContext, Task> write) : MlflowReply
    {
        internal override Task WriteAsync(HttpContext http) => write(http);
    }
}
