using System.Globalization;
using Slipway.Pipelines.Schedules.Domain;

namespace Slipway.Pipelines.Tests.Schedules.Domain;

public class ScheduleRuleTests
{
    private static readonly DateTimeOffset Created = Time("2024-01-01T00:00:00Z");

    [Fact]
    public void Interval_CountsFromItsStart()
    {
        var rule = ScheduleRule.FromInterval(3600, Time("2024-01-02T00:30:00Z"), null).Value;

        Assert.Equal(Time("2024-01-02T00:30:00Z"), rule.Next(Created, Created));
        Assert.Equal(Time("2024-01-02T02:30:00Z"), rule.Next(Time("2024-01-02T01:30:00Z"), Created));
        Assert.Equal(Time("2024-01-02T02:30:00Z"), rule.Next(Time("2024-01-02T01:45:00Z"), Created));
    }

    [Fact]
    public void Interval_WithoutAStart_FirstFiresAnIntervalAfterItWasMade() =>
        Assert.Equal(Created.AddSeconds(90), ScheduleRule.FromInterval(90, null, null).Value.Next(Created, Created));

    [Fact]
    public void StartAndEnd_BoundTheFirings()
    {
        var rule = ScheduleRule.FromCron("0 0 * * * *", Time("2024-01-05T10:00:00Z"), Time("2024-01-05T12:00:00Z"), TimeZoneInfo.Utc).Value;

        Assert.Equal(
            ["2024-01-05T10:00:00Z", "2024-01-05T11:00:00Z", "2024-01-05T12:00:00Z"],
            rule.Due(Created, Time("2024-02-01T00:00:00Z"), Created, catchUp: true, 10).Select(d => d.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z"));
        Assert.Null(rule.Next(Time("2024-01-05T12:00:00Z"), Created));
    }

    [Fact]
    public void CatchUp_GivesEveryMissedFiringOldestFirst_NoCatchUpOnlyTheNewest()
    {
        var rule = ScheduleRule.FromCron("0 0 0 * * *", null, null, TimeZoneInfo.Utc).Value;
        var now = Time("2024-01-10T05:00:00Z");

        Assert.Equal([2, 3, 4], rule.Due(Created, now, Created, catchUp: true, 3).Select(d => d.Day));
        Assert.Equal([10], rule.Due(Created, now, Created, catchUp: false, 3).Select(d => d.Day));
        Assert.Empty(rule.Due(Time("2024-01-10T00:00:00Z"), now, Created, catchUp: false, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(3601)]
    [InlineData(90_000)]
    [InlineData(40_000_000)]
    public void NewestMissedFiring_IsTheSameHoweverLongTheGap(long seconds)
    {
        var rule = ScheduleRule.FromInterval(seconds, null, null).Value;
        var now = Created.AddDays(3000).AddSeconds(5);

        var newest = Assert.Single(rule.Due(Created, now, Created, catchUp: false, 1));

        Assert.Equal(Created.AddSeconds(seconds * ((long)(now - Created).TotalSeconds / seconds)), newest);
    }

    [Theory]
    [InlineData("CRON_TZ=Europe/Vienna 0 0 9 * * *", "2024-07-01T00:00:00Z", "2024-07-01T07:00:00Z")]
    [InlineData("TZ=America/New_York 0 9 * * *", "2024-07-01T00:00:00Z", "2024-07-01T13:00:00Z")]
    [InlineData("@every 1h30m", "2024-01-01T00:00:00Z", "2024-01-01T01:30:00Z")]
    public void ZoneAndIntervalInTheExpression_AreHonoured(string cron, string after, string expected) =>
        Assert.Equal(Time(expected), ScheduleRule.FromCron(cron, null, null, TimeZoneInfo.Utc).Value.Next(Time(after), Created));

    [Theory]
    [InlineData("CRON_TZ=Mars/Base 0 0 9 * * *", "no time zone 'Mars/Base'")]
    [InlineData("CRON_TZ=UTC", "0 fields")]
    [InlineData("@every", "1 fields")]
    [InlineData("@every soon", "a duration")]
    [InlineData("@every 0s", "1 second or more")]
    [InlineData("@every .s", "a duration")]
    public void WrongExpression_IsRefusedInWords(string cron, string words) =>
        Assert.Contains(words, ScheduleRule.FromCron(cron, null, null, TimeZoneInfo.Utc).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void Macros_AreFilledInWhereverTextStands()
    {
        var macros = new ParameterMacros(Time("2024-03-05T06:07:08Z"), Time("2024-03-05T06:07:09Z"), 7, "run-1");
        var parameters = (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(
            """{"a": "[[ScheduledTime]]-[[Index]]", "b": ["[[CurrentTime.2006-01-02T15:04:05Z07:00]]", 5], "c": "[[RunUUID]] [[Unknown]] [[", "d": "[[ScheduledTime.Jan 02]]"}""")!;

        Assert.Equal(
            """{"a":"20240305060708-7","b":["2024-03-05T06:07:09Z",5],"c":"run-1 [[Unknown]] [[","d":"Mar 05"}""", macros.Fill(parameters).ToJsonString());
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
