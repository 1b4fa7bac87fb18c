namespace Slipway.Architecture.Tests;

/// <summary>A rule that was never seen to fail proves nothing: each must see what was planted for it, and only that.</summary>
public sealed class PlantedViolationTests
{
    [Fact]
    public void R2_SeesPublicTypesAndTheMissingModule()
    {
        var seen = Rules.OnePublicType(House.Planted).ToArray();

        Assert.Contains(seen, v => v.Contains("has 0 public types that are an IModule"));
        Assert.Contains(seen, v => v.StartsWith("Slipway.Planted.ShouldBeInternal is public", StringComparison.Ordinal));
        Assert.Contains(seen, v => v.StartsWith("Slipway.Planted.AlsoPublic is public", StringComparison.Ordinal));
        Assert.Equal(3, seen.Length);
    }

    [Theory]
    [InlineData("System.DateTime::get_UtcNow")]
    [InlineData("System.TimeProvider")]
    [InlineData("System.IO.File")]
    [InlineData("System.Net.Http.HttpClient")]
    [InlineData("System.Threading.Tasks.Task")]
    [InlineData("System.Random::get_Shared")]
    [InlineData("System.Environment::get_MachineName")]
    [InlineData("System.Data.Common.DbConnection")]
    public void R3_SeesTheImpurity(string what) => Assert.Contains(Rules.PureDomain(House.Planted), v => v.StartsWith($"Slipway.Planted.Domain.Rules uses {what};", StringComparison.Ordinal));

    [Fact]
    public void R3_LetsARuleThatOnlyComputesBe() => Assert.DoesNotContain(Rules.PureDomain(House.Planted), v => v.Contains("PureRules"));

    [Fact]
    public void R4_SeesTheRing() => Assert.Contains("First -> Second -> Third -> First", Assert.Single(Rules.NoCycles(House.Planted, "Slipway.Planted.Ring")));

    [Fact]
    public void R5_SeesSqlAndDriverInTheHandlerAndNotInTheStore()
    {
        var seen = Rules.SqlOnlyInStores(House.Planted).ToArray();

        Assert.Equal(
            ["Slipway.Planted.Handlers.ListThings uses SQL (\"SELECT id FROM...\"); only types named ...Store do", "Slipway.Planted.Handlers.ListThings uses the database driver Dapper; only types named ...Store do"],
            seen.Order(StringComparer.Ordinal));
    }
}
