using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Tests.Explanations;

public sealed class KernelShapleyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    public void AllCoalitions_GiveTheDefinition(int players)
    {
        var game = new Dictionary<int, double>();
        double Value(int bits) => game.TryGetValue(bits, out var known) ? known : game[bits] = new Random(bits + 17).NextDouble();
        var plan = CoalitionPlan.Make(players, 1 << players, new SplitMix64(1));

        Assert.True(plan.IsExact);
        var found = KernelShapley.Solve(plan, [.. plan.Coalitions.Select(c => new[] { Value((int)c[0]) })], [Value(0)], [Value((1 << players) - 1)]);
        var expected = BruteForce.Shapley(players, present => Value(present.Sum(p => 1 << p)));
        Assert.Equal(expected.Select(v => Math.Round(v, 9)), found.Select(v => Math.Round(v, 9)));
    }

    [Fact]
    public void SampledCoalitions_OfAnAdditiveGame_GiveItsTerms()
    {
        const int Players = 70;
        double[] terms = [.. Enumerable.Range(0, Players).Select(i => Math.Sin(i))];
        var plan = CoalitionPlan.Make(Players, 1000, new SplitMix64(3));

        Assert.False(plan.IsExact);
        Assert.InRange(plan.Coalitions.Count, 900, 1000);
        var found = KernelShapley.Solve(plan, [.. plan.Coalitions.Select(c => new[] { Value(c) })], [2], [2 + terms.Sum()]);
        for (var i = 0; i < Players; i++)
        {
            Assert.Equal(terms[i], found[i], 1e-6);
        }

        double Value(ulong[] coalition) => 2 + Enumerable.Range(0, Players).Where(i => CoalitionPlan.Has(coalition, i)).Sum(i => terms[i]);
    }

    [Fact]
    public void SampledCoalitions_ComeNearTheExactValues_AndSumUpAnyhow()
    {
        // Pairs interact, so least squares over a sample is an estimate.
        const int Players = 14;
        double Value(ulong bits) => Enumerable.Range(0, Players - 1).Sum(i => (bits >> i & 3) == 3 ? 1.0 + i : (bits >> i & 1) != 0 ? 0.5 : 0);
        var exact = CoalitionPlan.Make(Players, 1 << Players, new SplitMix64(5));
        var sampled = CoalitionPlan.Make(Players, 2000, new SplitMix64(5));
        var full = Value((1 << Players) - 1);
        var truth = KernelShapley.Solve(exact, [.. exact.Coalitions.Select(c => new[] { Value(c[0]) })], [0], [full]);
        var found = KernelShapley.Solve(sampled, [.. sampled.Coalitions.Select(c => new[] { Value(c[0]) })], [0], [full]);

        Assert.False(sampled.IsExact);
        Assert.Equal(full, found.Sum(), 1e-9);
        Assert.All(Enumerable.Range(0, Players), i => Assert.Equal(truth[i], found[i], 0.3));
    }

    [Fact]
    public void TheSameSeed_GivesTheSamePlan_AndAnotherAnother()
    {
        string Of(ulong seed) => string.Join(';', CoalitionPlan.Make(20, 500, new SplitMix64(seed)).Coalitions.Select(c => c[0]));

        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void SmallBudgets_StillMakeAPlanWithinThem()
    {
        foreach (var most in new[] { 2, 5, 40, 100, 333 })
        {
            Assert.InRange(CoalitionPlan.Make(30, most, new SplitMix64(1)).Coalitions.Count, 0, most);
        }
    }

    [Fact]
    public void AnExplanationThatDoesNotSumUp_IsSaidToBeOurFault()
    {
        Assert.Null(Additivity.Check("y", 1, [2, 3], 6.0000001));
        var broken = Additivity.Check("y", 1, [2, 3], 6.1);
        Assert.Equal(Kernel.Problems.ProblemCode.Internal, broken!.Code);
        Assert.Contains("fault of the server", broken.Message, StringComparison.Ordinal);
        Assert.NotNull(Additivity.CheckReading("y", 1, 1.01, 1));
        Assert.NotNull(Additivity.CheckReading("y", 1, double.NaN, 1));
        Assert.Null(Additivity.CheckReading("y", 1, 1.0002, 1));
    }

    [Fact]
    public void GaussLegendre_IsExactForPolynomials()
    {
        for (var n = 1; n <= GaussLegendre.MostPoints; n++)
        {
            var (points, weights) = GaussLegendre.Rule(n);
            foreach (var degree in new[] { 0, n, (2 * n) - 1 })
            {
                Assert.Equal(1.0 / (degree + 1), points.Zip(weights, (t, w) => w * Math.Pow(t, degree)).Sum(), 1e-13);
            }
        }
    }
}
