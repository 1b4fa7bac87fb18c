using Microsoft.AspNetCore.Routing;

namespace Slipway.Tracking.Inputs;

internal static class InputRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        LogInputs.Map(routes);
        LogOutputs.Map(routes);
        SearchDatasets.Map(routes);
    }
}
