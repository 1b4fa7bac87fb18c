using Microsoft.AspNetCore.Http;
using Slipway.Serving.Bodies;

namespace Slipway.Serving.Doors;

/// <summary>Reads a request's body whole and puts it back for the handler.</summary>
internal static class CapturedRequest
{
    /// <summary>
    /// The body, and whether it is all of it: of one that is too large only so much is read as the handler needs to see that.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The caller's bytes are no HTTP body.</exception>
    public static async Task<(byte[] Body, bool IsWhole)> ReadAsync(HttpContext http, int maxBytes)
    {
        if (http.Request.ContentLength > maxBytes)
        {
            return ([], false);
        }

        RequestBody.TakeAnySize(http);
        using var read = new MemoryStream((int)(http.Request.ContentLength ?? 1024));
        var chunk = new byte[16 << 10];
        int count;
        while (read.Length <= maxBytes && (count = await http.Request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            read.Write(chunk, 0, count);
        }

        var body = read.ToArray();
        http.Request.Body = new MemoryStream(body, writable: false);
        return (body, body.Length <= maxBytes);
    }
}
