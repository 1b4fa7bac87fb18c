using Microsoft.AspNetCore.Routing;

namespace Slipway.Pipelines.RunApi;

/// <summary>Every route of runs and what they leave.</summary>
internal static class RunRoutes
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        CreateRun.Map(kfp);
        GetRun.Map(kfp);
        ListRuns.Map(kfp);
        ChangeRun.Map(kfp);
        ListArtifacts.Map(kfp);
        ReadNodeLog.Map(kfp);
    }
}
