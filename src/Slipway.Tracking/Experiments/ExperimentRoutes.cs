using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Experiments;

internal static class ExperimentRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateExperiment.Map(routes);
        GetExperiment.Map(routes);
        SearchExperiments.Map(routes);
        UpdateExperiment.Map(routes);
        DeleteExperiment.Map(routes);
        RestoreExperiment.Map(routes);
        SetExperimentTag.Map(routes);
        DeleteExperimentTag.Map(routes);
    }
}
