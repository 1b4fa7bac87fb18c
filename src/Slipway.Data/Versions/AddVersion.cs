using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Slipway.Data.Tables;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary>
/// <c>POST .../datasets/{name}/versions?source=</c> with the file as the body (<c>text/csv</c> or <c>application/vnd.apache.parquet</c>):
/// 201 and the new version, or 200 and the version that has these bytes already.
/// </summary>
internal static class AddVersion
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(DatasetRoutes.Versions, HandleAsync).RequirePermission(DatasetRoutes.Write);

    private static async Task<IResult> HandleAsync(string ns, string name, string? source, HttpContext http, Datasets datasets, CancellationToken cancellation)
    {
        if (FormatOf(http.Request.ContentType) is not { } format)
        {
            return new Problem(
                ProblemCode.UnsupportedMediaType,
                $"Content-Type '{http.Request.ContentType}' is not known; send text/csv or application/vnd.apache.parquet").ToAnswer();
        }

        // The module has its own, larger limit, which the object store keeps.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        try
        {
            var added = await datasets.AddAsync(ns, name, format, source ?? "upload", http.Request.Body, cancellation);
            return added.ToAnswer(a => Results.Json(
                VersionWire.Of(a.Version), DatasetJson.Default.VersionWire, statusCode: a.Made ? StatusCodes.Status201Created : StatusCodes.Status200OK));
        }
        catch (BadHttpRequestException e)
        {
            return Problem.Invalid($"The upload broke off: {e.Message}").ToAnswer();
        }
    }

    private static string? FormatOf(string? contentType) => contentType?.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        "text/csv" or "application/csv" => FileTable.Csv,
        "application/vnd.apache.parquet" or "application/parquet" or "application/x-parquet" => FileTable.Parquet,
        _ => null,
    };
}
