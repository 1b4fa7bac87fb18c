using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Insight;

internal static class InsightRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/slipway/v1/namespaces/{ns}");
        CompareRuns.Map(group);
        var runs = group.MapGroup("/runs");
        MetricChart.Map(runs);
        LiveMetrics.Map(runs);
        RunTree.Map(runs);
    }
}
