using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Kfp;

/// <summary>
/// <c>GET /apis/v2beta1/healthz</c>, the first thing that <c>kfp.Client</c> asks: not multi-user, so it sends no namespace unless told to.
/// Clients before 2.0 ask under v1beta1.
/// </summary>
internal static class Healthz
{
    private const string Body = """{"multi_user":false,"pipeline_store":"database"}""";

    private const string BodyV1 = """{"multi_user":false,"commit_sha":"","tag_name":"slipway"}""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(KfpRoutes.Prefix + "/healthz", () => Results.Text(Body, "application/json")).Public();
        routes.MapGet("/apis/v1beta1/healthz", () => Results.Text(BodyV1, "application/json")).Public();
    }
}
