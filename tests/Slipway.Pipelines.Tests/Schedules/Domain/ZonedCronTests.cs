using System.Globalization;
using Slipway.Pipelines.Schedules.Domain;

namespace Slipway.Pipelines.Tests.Schedules.Domain;

public class ZonedCronTests
{
    public static TheoryData<string, string> Changes => new()
    {
        { "Europe/Vienna", "2024-03-31" },
        { "Europe/Vienna", "2024-10-27" },
        { "America/New_York", "2024-03-10" },
        { "America/New_York", "2024-11-03" },
        { "Australia/Lord_Howe", "2024-04-07" },
        { "Australia/Lord_Howe", "2024-10-06" },
        { "America/Sao_Paulo", "2018-11-04" },
        { "America/Sao_Paulo", "2018-02-18" },
        { "Asia/Kathmandu", "2024-03-31" },
        { "UTC", "2024-03-31" },
    };

    [Theory]
    [InlineData("0 30 2 * * *", "2024-03-30T12:00:00Z", "2024-03-31T01:30:00Z")] // There is no 02:30: 03:30 summer time.
    [InlineData("0 30 2 * * *", "2024-03-31T01:30:00Z", "2024-04-01T00:30:00Z")]
    [InlineData("0 30 2 * * *", "2024-10-26T12:00:00Z", "2024-10-27T00:30:00Z")] // The first of two.
    [InlineData("0 30 2 * * *", "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z")]
    [InlineData("0 30 * * * *", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z")] // Every hour is every hour.
    [InlineData("0 30 * * * *", "2024-03-31T00:30:00Z", "2024-03-31T01:30:00Z")]
    [InlineData("0 0 3 * * *", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z")] // The first moment of the new time, once.
    [InlineData("0 0 3 * * *", "2024-03-31T01:00:00Z", "2024-04-01T01:00:00Z")]
    [InlineData("0 0 2 * * *", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z")]
    public void Vienna_FiresOnceAtEachWallClockTime(string cron, string after, string expected) =>
        Assert.Equal(Time(expected), Zoned(cron, "Europe/Vienna").Next(Time(after)));

    [Theory]
    [MemberData(nameof(Changes))]
    public void AroundAChange_FiringsAreThoseOfAnEnumeration(string zoneName, string day)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        var from = Time(day + "T00:00:00Z").AddDays(-2);
        var until = from.AddDays(5);
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var text = RandomCron.Expression(random, seconds: false, fixedHours: seed % 2 == 0);
            var cron = CronExpression.Parse(text).Value;
            var expected = (cron.IsHourly ? ByElapsedTime(cron, zone, from, until) : ByWallClock(cron, zone, from, until)).ToList();
            var found = new List<DateTimeOffset>();
            for (var next = new ZonedCron(cron, zone).Next(from); next <= until; next = new ZonedCron(cron, zone).Next(next.Value))
            {
                found.Add(next.Value);
            }

            Assert.True(
                expected.SequenceEqual(found),
                $"seed {seed}, {zoneName}, {text}: too many {string.Join(' ', found.Except(expected))}; missing {string.Join(' ', expected.Except(found))}");
        }
    }

    [Fact]
    public void RareExpression_IsFoundYearsAhead()
    {
        var next = Zoned("0 0 12 29 2 *", "Europe/Vienna").Next(Time("2024-02-29T11:00:00Z"));

        Assert.Equal(Time("2028-02-29T11:00:00Z"), next);
    }

    private static IEnumerable<DateTimeOffset> ByElapsedTime(CronExpression cron, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        for (var instant = from.AddMinutes(1); instant <= until; instant = instant.AddMinutes(1))
        {
            if (cron.Matches(TimeZoneInfo.ConvertTime(instant, zone).DateTime))
            {
                yield return instant;
            }
        }
    }

    /// <summary>Every wall-clock minute once, as .NET's own calendar reads it.</summary>
    private static IEnumerable<DateTimeOffset> ByWallClock(CronExpression cron, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        var instants = new SortedSet<DateTimeOffset>();
        for (var local = from.UtcDateTime.AddDays(-2); local <= until.UtcDateTime.AddDays(2); local = local.AddMinutes(1))
        {
            var wall = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
            if (!cron.Matches(wall))
            {
                continue;
            }

            var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
            if (zone.IsInvalidTime(wall))
            {
                var before = wall;
                while (zone.IsInvalidTime(before))
                {
                    before = before.AddMinutes(-1);
                }

                offset = zone.GetUtcOffset(before);
            }

            instants.Add(new DateTimeOffset(wall - offset, TimeSpan.Zero));
        }

        return instants.Where(i => i > from && i <= until);
    }

    private static ZonedCron Zoned(string cron, string zone) => new(CronExpression.Parse(cron).Value, TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
