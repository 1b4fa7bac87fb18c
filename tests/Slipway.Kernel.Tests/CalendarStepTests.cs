using Slipway.Kernel.Time;

namespace Slipway.Kernel.Tests;

public class CalendarStepTests
{
    [Theory]
    [InlineData("hour", "2004-02-29T13:45:10Z", "2004-02-29T13:00:00Z", "2004-02-29T14:00:00Z", "2004-02-29T13")]
    [InlineData("day", "2004-02-29T13:45:10Z", "2004-02-29T00:00:00Z", "2004-03-01T00:00:00Z", "2004-02-29")]
    [InlineData("week", "2004-02-29T13:45:10Z", "2004-02-23T00:00:00Z", "2004-03-01T00:00:00Z", "2004-02-23")]
    [InlineData("month", "2004-02-29T13:45:10Z", "2004-02-01T00:00:00Z", "2004-03-01T00:00:00Z", "2004-02")]
    [InlineData("quarter", "2004-12-31T23:59:59Z", "2004-10-01T00:00:00Z", "2005-01-01T00:00:00Z", "2004-Q4")]
    [InlineData("year", "2004-12-31T23:59:59Z", "2004-01-01T00:00:00Z", "2005-01-01T00:00:00Z", "2004")]
    public void CalendarUnit_CutsAtTheUnitsStart(string text, string time, string floor, string next, string label)
    {
        Assert.True(CalendarStep.TryParse(text, out var step));
        var start = step.Floor(DateTimeOffset.Parse(time));
        Assert.Equal(DateTimeOffset.Parse(floor), start);
        Assert.Equal(DateTimeOffset.Parse(next), step.Next(start));
        Assert.Equal(label, step.Label(start));
    }

    [Theory]
    [InlineData("500 rows", 500)]
    [InlineData(" 1 ROWS ", 1)]
    public void RowCount_IsRead(string text, int rows)
    {
        Assert.True(CalendarStep.TryParse(text, out var step));
        Assert.Equal(rows, step.Rows);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("fortnight")]
    [InlineData("0 rows")]
    [InlineData("-3 rows")]
    [InlineData("x rows")]
    public void AnythingElse_IsRefused(string? text) => Assert.False(CalendarStep.TryParse(text, out _));
}
