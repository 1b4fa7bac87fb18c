using Slipway.Pipelines.Schedules.Domain;

namespace Slipway.Pipelines.Tests.Schedules.Domain;

public class CronExpressionTests
{
    [Theory]
    [InlineData("0 0 9 * * *", "2024-02-28T09:00:00", "2024-02-29T09:00:00")]
    [InlineData("30 9 * * *", "2024-02-28T09:29:59", "2024-02-28T09:30:00")]
    [InlineData("*/20 * * * * *", "2024-12-31T23:59:40", "2025-01-01T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "2024-03-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 MON", "2024-03-01T00:00:00", "2025-02-03T00:00:00")]
    [InlineData("0 15 10 ? * MON-FRI", "2024-06-07T10:15:00", "2024-06-10T10:15:00")]
    [InlineData("0 0 12 1,15 * *", "2024-06-01T12:00:00", "2024-06-15T12:00:00")]
    [InlineData("0 0 0 L * *", "2024-02-01T00:00:00", "2024-02-29T00:00:00")]
    [InlineData("0 0 0 L-2 * *", "2024-02-01T00:00:00", "2024-02-27T00:00:00")]
    [InlineData("0 0 0 15W * *", "2024-06-01T00:00:00", "2024-06-14T00:00:00")]
    [InlineData("0 0 0 1W * *", "2024-05-31T00:00:00", "2024-06-03T00:00:00")]
    [InlineData("0 0 0 LW * *", "2024-06-01T00:00:00", "2024-06-28T00:00:00")]
    [InlineData("0 0 0 * * FRI#3", "2024-06-01T00:00:00", "2024-06-21T00:00:00")]
    [InlineData("0 0 0 * * 5L", "2024-06-01T00:00:00", "2024-06-28T00:00:00")]
    [InlineData("0 0 0 * * 7", "2024-06-01T00:00:00", "2024-06-02T00:00:00")]
    [InlineData("0 0 0 * * FRI-MON", "2024-06-03T00:00:00", "2024-06-07T00:00:00")]
    [InlineData("0 0 0 1 NOV-FEB *", "2024-03-01T00:00:00", "2024-11-01T00:00:00")]
    [InlineData("0 10/25 * * * *", "2024-06-01T00:10:00", "2024-06-01T00:35:00")]
    [InlineData("0 0 0 13 * FRI", "2024-06-08T00:00:00", "2024-06-13T00:00:00")]
    [InlineData("@daily", "2024-06-08T00:00:00", "2024-06-09T00:00:00")]
    [InlineData("@hourly", "2024-06-08T00:00:01", "2024-06-08T01:00:00")]
    public void Expression_FiresNextWhenItSays(string text, string after, string expected) =>
        Assert.Equal(Time(expected), CronExpression.Parse(text).Value.Next(Time(after)));

    [Theory]
    [InlineData("", "0 fields")]
    [InlineData("* * * *", "4 fields")]
    [InlineData("* * * * * * *", "7 fields")]
    [InlineData("60 * * * * *", "the second '60'")]
    [InlineData("0 60 24 32 13 8", "the minute '60'")]
    [InlineData("0 60 24 32 13 8", "the hour '24'")]
    [InlineData("0 60 24 32 13 8", "the month '13'")]
    [InlineData("0 0 0 32 * *", "the day of month '32'")]
    [InlineData("0 0 0 * * 8", "the day of week '8'")]
    [InlineData("0 */0 * * * *", "the minute '*/0'")]
    [InlineData("0 1--2 * * * *", "the minute '1--2'")]
    [InlineData("0 -1 * * * *", "the minute '-1'")]
    [InlineData("0 0 0 0W * *", "the day of month '0W'")]
    [InlineData("0 0 0 * * MON#6", "the day of week 'MON#6'")]
    [InlineData("0 0 0 30 2 ?", "never fires")]
    public void WrongExpression_IsRefusedInWords(string text, string words) =>
        Assert.Contains(words, CronExpression.Parse(text).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void AnyExpression_FiresExactlyAtTheSecondsThatMatch()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var text = RandomCron.Expression(random, seconds: true);
            var cron = CronExpression.Parse(text).Value;
            var from = new DateTime(2024, random.Next(1, 13), random.Next(1, 29), random.Next(24), random.Next(60), random.Next(60), DateTimeKind.Unspecified);
            var expected = Enumerable.Range(1, 20_000).Select(s => from.AddSeconds(s)).Where(cron.Matches).Take(5).ToList();
            var found = new List<DateTime>();
            for (var next = cron.Next(from); next is { } n && found.Count < expected.Count; next = cron.Next(n))
            {
                found.Add(n);
            }

            Assert.True(expected.SequenceEqual(found), $"seed {seed}: {text} after {from:s}: {string.Join(' ', found)} instead of {string.Join(' ', expected)}");
        }
    }

    private static DateTime Time(string text) => DateTime.ParseExact(text, "s", System.Globalization.CultureInfo.InvariantCulture);
}
