namespace Slipway.Pipelines.Schedules;

/// <param name="Zone">In which cron expressions are read that name no zone: <c>Slipway:Pipelines:CronTimeZone</c>, UTC by default.</param>
internal sealed record ScheduleOptions(TimeZoneInfo Zone)
{
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static ScheduleOptions Read(string? name) =>
        string.IsNullOrEmpty(name) ? new ScheduleOptions(TimeZoneInfo.Utc)
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? new ScheduleOptions(zone)
        : throw new ArgumentException($"Slipway:Pipelines:CronTimeZone is '{name}'; it must be a time zone such as Europe/Vienna or UTC");
}
