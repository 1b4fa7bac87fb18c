using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Tests.Rollouts.Domain;

public class StudentTTests
{
    // Critical values of the usual tables: P(T > t) for the given degrees of freedom.
    [Theory]
    [InlineData(6.313751514675, 1, 0.05)]
    [InlineData(2.131846786327, 4, 0.05)]
    [InlineData(1.812461122812, 10, 0.05)]
    [InlineData(2.763769458113, 10, 0.01)]
    [InlineData(1.660234326066, 100, 0.05)]
    [InlineData(1.644854, 1_000_000, 0.05)]
    [InlineData(0, 7, 0.5)]
    public void UpperTail_IsThatOfTheTables(double t, double degrees, double tail) => Assert.Equal(tail, StudentT.UpperTail(t, degrees), 6);

    [Fact]
    public void UpperTail_FallsFromOneToZeroAndIsSymmetric()
    {
        foreach (var degrees in new[] { 1.0, 3, 19, 400 })
        {
            var before = 1.0;
            for (var t = -40.0; t <= 40; t += 0.25)
            {
                var tail = StudentT.UpperTail(t, degrees);
                Assert.InRange(tail, 0, before);
                Assert.Equal(1, tail + StudentT.UpperTail(-t, degrees), 12);
                before = tail;
            }
        }

        Assert.Equal((0, 1), (StudentT.UpperTail(double.PositiveInfinity, 5), StudentT.UpperTail(double.NegativeInfinity, 5)));
    }
}
