using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// Sends a file, or the part of it that was asked for, piece by piece. It is always an attachment of a type that the server chose, so that a browser does
/// not run what somebody uploaded in this server's name.
/// </summary>
internal static class FileAnswer
{
    private const int PieceBytes = 128 << 10;

    public static async Task<Problem?> SendAsync(HttpContext http, ArtifactPlace place)
    {
        var tree = http.RequestServices.GetRequiredService<ArtifactTree>();
        return (await tree.FindFileAsync(place.Namespace, place.Path, http.RequestAborted)).TryGet(out var file, out var problem) ? await SendAsync(http, tree, file) : problem;
    }

    private static async Task<Problem?> SendAsync(HttpContext http, ArtifactTree tree, ArtifactRow file)
    {
        var (request, response) = (http.Request, http.Response);
        var tag = $"\"{file.Digest}\"";
        SetHeaders(response.Headers, file, tag);
        if (request.Headers.IfNoneMatch.Any(known => known is not null && (known.Trim() == "*" || known.Contains(tag, StringComparison.Ordinal))))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        // If-Range: a part is of use only to whoever has the rest of the same content.
        var partial = request.Headers.IfRange is not [{ } wanted] || wanted == tag;
        var range = ByteRange.Read(partial ? request.Headers.Range.ToString() : "", file.Bytes);
        if (range.Ask == RangeAsk.Beyond)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{file.Bytes}");
            response.ContentLength = 0;
            return null;
        }

        // Opened first: an object that cannot be read is told while there is still a status to tell it with.
        Stream content = Stream.Null;
        if (!HttpMethods.IsHead(request.Method) && !(await tree.OpenAsync(file, range.Offset, range.Length, http.RequestAborted)).TryGet(out content!, out var problem))
        {
            response.Headers.Clear();
            return problem;
        }

        await using (content)
        {
            if (range.Ask == RangeAsk.Part)
            {
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{file.Bytes}");
            }

            response.ContentType = MimeTypes.Of(file.Name);
            response.ContentLength = range.Length;
            await content.CopyToAsync(response.Body, PieceBytes, http.RequestAborted);
        }

        return null;
    }

    private static void SetHeaders(IHeaderDictionary headers, ArtifactRow file, string tag)
    {
        headers.ETag = tag;
        headers.AcceptRanges = "bytes";
        headers.LastModified = HeaderUtilities.FormatDate(file.Modified);
        headers.ContentDisposition = Disposition(file.Name);
        headers.XContentTypeOptions = "nosniff";
    }

    // MLflow writes the name bare, and clients read it so; what is no token of HTTP is quoted or encoded.
    private static string Disposition(string name)
    {
        if (name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
        {
            return $"attachment; filename={name}";
        }

        var header = new ContentDispositionHeaderValue("attachment");
        header.SetHttpFileName(name);
        return header.ToString();
    }
}
