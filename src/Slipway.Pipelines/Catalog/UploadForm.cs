using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;

namespace Slipway.Pipelines.Catalog;

/// <param name="FileName">As the client named it; it becomes the pipeline's name when no other is given.</param>
internal sealed record UploadedPackage(string FileName, byte[] Bytes);

/// <summary>Reads the part <c>uploadfile</c> of a multipart form, bounded; whatever else the form holds is passed over.</summary>
internal static class UploadForm
{
    private const string Part = "uploadfile";

    // The package and the form around it.
    private const long MaxBody = KfpBody.MaxBytes + (64 * 1024);

    public static async Task<Result<UploadedPackage>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var tooLarge = new Problem(ProblemCode.TooLarge, $"a pipeline package may have at most {KfpBody.MaxBytes} bytes");
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBody;
        }

        if (request.ContentLength > MaxBody)
        {
            return tooLarge;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "multipart/form-data"
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            return Problem.Invalid($"send the package as multipart/form-data, in the part '{Part}'");
        }

        try
        {
            var reader = new MultipartReader(boundary, request.Body) { HeadersCountLimit = 32, HeadersLengthLimit = 16 * 1024 };
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                    || HeaderUtilities.RemoveQuotes(disposition.Name).Value != Part)
                {
                    continue;
                }

                var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
                return await ReadFileAsync(section.Body, cancellation) is { } bytes ? new UploadedPackage(name, bytes) : tooLarge;
            }

            return Problem.Invalid($"the form has no part '{Part}' with the package");
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or BadHttpRequestException or ArgumentException)
        {
            return exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }
                ? tooLarge
                : Problem.Invalid($"the form could not be read: {exception.Message}");
        }
    }

    private static async Task<byte[]?> ReadFileAsync(Stream body, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        while (await body.ReadAsync(chunk, cancellation) is var read and > 0)
        {
            if (buffer.Length + read > KfpBody.MaxBytes)
            {
                return null;
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }
}
