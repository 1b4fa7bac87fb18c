using Microsoft.AspNetCore.Routing;

namespace Slipway.Pipelines.Experiments;

/// <summary>Every route of experiments.</summary>
internal static class ExperimentRoutes
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        CreateExperiment.Map(kfp);
        GetExperiment.Map(kfp);
        ListExperiments.Map(kfp);
        ChangeExperiment.Map(kfp);
    }
}
