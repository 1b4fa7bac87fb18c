using Microsoft.AspNetCore.Routing;

namespace Slipway.Pipelines.Schedules;

/// <summary>Every route of recurring runs.</summary>
internal static class ScheduleRoutes
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        CreateSchedule.Map(kfp);
        GetSchedule.Map(kfp);
        ListSchedules.Map(kfp);
        ChangeSchedule.Map(kfp);
    }
}
