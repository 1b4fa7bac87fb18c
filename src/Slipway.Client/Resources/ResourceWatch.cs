using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Resources;

/// <param name="Type">ADDED, MODIFIED, DELETED or BOOKMARK.</param>
public sealed record WatchEvent(string Type, JsonObject Resource);

/// <summary>An open watch: one JSON event per line, in order.</summary>
public sealed class ResourceWatch : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly HttpTransport _transport;

    internal ResourceWatch(HttpResponseMessage response, HttpTransport transport) => (_response, _transport) = (response, transport);

    /// <summary>Events until the server ends the stream; a broken connection or an ERROR event is the last result, a problem.</summary>
    public async IAsyncEnumerable<Result<WatchEvent>> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(await _response.Content.ReadAsStreamAsync(cancellation));
        while (true)
        {
            string? line = null;
            Problem? broken = null;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                broken = _transport.Unreachable(fault);
            }

            if (broken is not null)
            {
                yield return broken;
                yield break;
            }

            if (line is null)
            {
                yield break;
            }

            if (line.Length == 0)
            {
                continue;
            }

            var result = Parse(line);
            yield return result;
            if (!result.Succeeded)
            {
                yield break;
            }
        }
    }

    public void Dispose() => _response.Dispose();

    private static Result<WatchEvent> Parse(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject body && body["type"]?.GetValue<string>() is { } type && body["object"] is JsonObject resource)
            {
                body.Remove("object");
                return type == "ERROR" ? ProblemReader.FromStatus(resource, HttpStatusCode.InternalServerError) : new WatchEvent(type, resource);
            }
        }
        catch (JsonException)
        {
            // Falls through to the problem below.
        }

        return new Problem(ProblemCode.Unsupported, "the server's watch sent a line that is not an event");
    }
}
