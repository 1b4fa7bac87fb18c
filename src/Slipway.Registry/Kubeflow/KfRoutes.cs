using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Slipway.Registry.Kubeflow;

/// <summary>The Kubeflow Model Registry API, <c>/api/model_registry/v1alpha3</c>: which route is which operation.</summary>
internal static class KfRoutes
{
    private const string Read = "models.read";
    private const string Write = "models.write";
    private const int Created = StatusCodes.Status201Created;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("GET", "registered_models", Read, KfModels.ListAsync);
        routes.Map("POST", "registered_models", Write, KfModels.CreateAsync, Created);
        routes.Map("GET", "registered_models/{id}", Read, KfModels.GetAsync);
        routes.Map("PATCH", "registered_models/{id}", Write, KfModels.UpdateAsync);
        routes.Map("GET", "registered_model", Read, KfModels.FindAsync);
        routes.Map("GET", "registered_models/{id}/versions", Read, KfVersions.ListOfModelAsync);
        routes.Map("POST", "registered_models/{id}/versions", Write, KfVersions.CreateOfModelAsync, Created);

        routes.Map("GET", "model_versions", Read, KfVersions.ListAsync);
        routes.Map("POST", "model_versions", Write, KfVersions.CreateAsync, Created);
        routes.Map("GET", "model_versions/{id}", Read, KfVersions.GetAsync);
        routes.Map("PATCH", "model_versions/{id}", Write, KfVersions.UpdateAsync);
        routes.Map("GET", "model_version", Read, KfVersions.FindAsync);
        routes.Map("GET", "model_versions/{id}/artifacts", Read, KfArtifacts.ListOfVersionAsync);
        routes.Map("POST", "model_versions/{id}/artifacts", Write, KfArtifacts.UpsertOfVersionAsync, Created);

        routes.Map("GET", "artifacts", Read, KfArtifacts.ListAsync);
        routes.Map("POST", "artifacts", Write, KfArtifacts.CreateAsync, Created);
        routes.Map("GET", "artifacts/{id}", Read, KfArtifacts.GetAsync);
        routes.Map("PATCH", "artifacts/{id}", Write, KfArtifacts.UpdateAsync);
        routes.Map("GET", "artifact", Read, KfArtifacts.FindAsync);
        routes.Map("GET", "model_artifacts", Read, KfArtifacts.ListModelArtifactsAsync);
        routes.Map("POST", "model_artifacts", Write, KfArtifacts.CreateModelArtifactAsync, Created);
        routes.Map("GET", "model_artifacts/{id}", Read, KfArtifacts.GetAsync);
        routes.Map("PATCH", "model_artifacts/{id}", Write, KfArtifacts.UpdateAsync);
        routes.Map("GET", "model_artifact", Read, KfArtifacts.FindAsync);

        routes.Map("GET", "serving_environments", Read, call => KfThings.ListAsync(call, KfThings.Environment, null));
        routes.Map("POST", "serving_environments", Write, KfServing.CreateEnvironmentAsync, Created);
        routes.Map("GET", "serving_environments/{id}", Read, call => KfThings.GetAsync(call, KfThings.Environment));
        routes.Map("PATCH", "serving_environments/{id}", Write, call => KfThings.UpdateAsync(call, KfThings.Environment));
        routes.Map("GET", "serving_environment", Read, call => KfThings.FindAsync(call, KfThings.Environment, hasParent: false));
        routes.Map("GET", "serving_environments/{id}/inference_services", Read, KfServing.ListServicesOfEnvironmentAsync);
        routes.Map("POST", "serving_environments/{id}/inference_services", Write, KfServing.CreateServiceOfEnvironmentAsync, Created);

        routes.Map("GET", "inference_services", Read, call => KfThings.ListAsync(call, KfThings.Service, null));
        routes.Map("POST", "inference_services", Write, KfServing.CreateServiceAsync, Created);
        routes.Map("GET", "inference_services/{id}", Read, call => KfThings.GetAsync(call, KfThings.Service));
        routes.Map("PATCH", "inference_services/{id}", Write, KfServing.UpdateServiceAsync);
        routes.Map("GET", "inference_service", Read, call => KfThings.FindAsync(call, KfThings.Service, hasParent: true));
        routes.Map("GET", "inference_services/{id}/model", Read, KfServing.ModelOfServiceAsync);
        routes.Map("GET", "inference_services/{id}/version", Read, KfServing.VersionOfServiceAsync);
        routes.Map("GET", "inference_services/{id}/serves", Read, KfServing.ListServesAsync);
        routes.Map("POST", "inference_services/{id}/serves", Write, KfServing.CreateServeAsync, Created);
    }
}
