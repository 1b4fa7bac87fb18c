using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Metrics;

internal static class MetricRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ReadHistory.Map(routes);
        ReadHistories.Map(routes);
        ReadIntervals.Map(routes);
    }
}
