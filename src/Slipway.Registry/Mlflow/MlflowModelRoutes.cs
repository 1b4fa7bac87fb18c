using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Registry.Mlflow;

/// <summary>MLflow's model registry: which route is which operation.</summary>
internal static class MlflowModelRoutes
{
    private const string Models = "2.0/mlflow/registered-models";
    private const string Versions = "2.0/mlflow/model-versions";
    private const string Read = "models.read";
    private const string Write = "models.write";
    private const string Promote = "models.promote";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", $"{Models}/create", CreateRegisteredModel.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("POST", $"{Models}/rename", RenameRegisteredModel.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("PATCH", $"{Models}/update", UpdateRegisteredModel.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("DELETE", $"{Models}/delete", DeleteRegisteredModel.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("GET", $"{Models}/get", GetRegisteredModel.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("GET", $"{Models}/search", SearchRegisteredModels.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("GET", $"{Models}/get-latest-versions", GetLatestVersions.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("POST", $"{Models}/get-latest-versions", GetLatestVersions.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("POST", $"{Models}/set-tag", SetRegisteredModelTag.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("DELETE", $"{Models}/delete-tag", DeleteRegisteredModelTag.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("POST", $"{Models}/alias", SetRegisteredModelAlias.HandleAsync).RequirePermission(Promote);
        routes.MapMlflow("DELETE", $"{Models}/alias", DeleteRegisteredModelAlias.HandleAsync).RequirePermission(Promote);
        routes.MapMlflow("GET", $"{Models}/alias", GetModelVersionByAlias.HandleAsync).RequirePermission(Read);

        routes.MapMlflow("POST", $"{Versions}/create", CreateModelVersion.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("PATCH", $"{Versions}/update", UpdateModelVersion.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("POST", $"{Versions}/transition-stage", TransitionModelVersionStage.HandleAsync).RequirePermission(Promote);
        routes.MapMlflow("DELETE", $"{Versions}/delete", DeleteModelVersion.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("GET", $"{Versions}/get", GetModelVersion.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("GET", $"{Versions}/search", SearchModelVersions.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("GET", $"{Versions}/get-download-uri", GetDownloadUri.HandleAsync).RequirePermission(Read);
        routes.MapMlflow("POST", $"{Versions}/set-tag", SetModelVersionTag.HandleAsync).RequirePermission(Write);
        routes.MapMlflow("DELETE", $"{Versions}/delete-tag", DeleteModelVersionTag.HandleAsync).RequirePermission(Write);
    }
}
