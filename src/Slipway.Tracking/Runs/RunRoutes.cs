using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Runs;

internal static class RunRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateRun.Map(routes);
        ReadRun.Map(routes);
        SearchRuns.Map(routes);
        UpdateRun.Map(routes);
        DeleteRun.Map(routes);
        RestoreRun.Map(routes);
        LogMetric.Map(routes);
        LogBatch.Map(routes);
        LogParameter.Map(routes);
        SetTag.Map(routes);
        DeleteTag.Map(routes);
        LogModel.Map(routes);
        CreatePromptRun.Map(routes);

        var ours = routes.MapGroup("/api/slipway/v1/namespaces/{ns}/runs");
        ListRuns.Map(ours);
        GetRun.Map(ours);
        GetMetricHistory.Map(ours);
    }
}
