using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Models;

internal static class ModelRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateModel.Map(routes);
        ReadModel.Map(routes);
        FinalizeModel.Map(routes);
        DeleteModel.Map(routes);
        SetModelTags.Map(routes);
        DeleteModelTag.Map(routes);
        LogModelParams.Map(routes);
        SearchModels.Map(routes);
    }
}
