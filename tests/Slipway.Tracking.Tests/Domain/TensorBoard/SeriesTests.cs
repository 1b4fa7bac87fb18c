using Slipway.Tracking.Domain.TensorBoard;

namespace Slipway.Tracking.Tests.Domain.TensorBoard;

public sealed class SeriesTests
{
    [Fact]
    public void AsManyAsFit_AreAllKept()
    {
        var series = Filled(100, 100);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), series.Points().Select(p => p.Step));
    }

    [Theory]
    [InlineData(101)]
    [InlineData(1_000)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public void MoreThanFit_KeepExtremesFirstAndLast(int count)
    {
        var (low, high) = (count / 3, count / 2);
        var series = Filled(100, count, i => i == low ? -1000 : i == high ? 1000 : Math.Sin(i));

        var points = series.Points();

        Assert.Equal(count, series.Count);
        Assert.InRange(points.Count, 10, 103);
        Assert.Contains(points, p => p.Step == low && p.Value == -1000);
        Assert.Contains(points, p => p.Step == high && p.Value == 1000);
        Assert.Equal(count - 1, points[^1].Step);
        Assert.InRange(points[0].Step, 0, 4L * count / 50);
        Assert.Equal(points.Select(p => p.Step).Order(), points.Select(p => p.Step));
    }

    [Fact]
    public void OneNaNAmongMany_StaysVisible()
    {
        var series = Filled(100, 10_000, i => i == 4321 ? double.NaN : i);

        Assert.Contains(series.Points(), p => double.IsNaN(p.Value) && p.Step == 4321);
    }

    private static Series Filled(int most, int count, Func<int, double>? value = null)
    {
        var series = new Series(most);
        for (var i = 0; i < count; i++)
        {
            series.Add(new ScalarPoint("t", i, i, value?.Invoke(i) ?? i));
        }

        return series;
    }
}
