namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Every drift test there is, in the order in which reports list them.</summary>
internal static class DriftTestCatalog
{
    public static IReadOnlyList<IDriftTest> All { get; } =
    [
        new KolmogorovSmirnovTest(), new ChiSquareTest(), new ZTest(), new PopulationStabilityIndex(), new JensenShannonDistance(),
        new WassersteinDistance(), new KullbackLeiblerDivergence(), new HellingerDistance(), new EnergyDistance(), new StudentTTest(),
        new MannWhitneyTest(), new AndersonDarlingTest(), new CramerVonMisesTest(), new EppsSingletonTest(), new FisherExactTest(),
        new GTest(), new TotalVariationTest(), new MaximumMeanDiscrepancyTest(), new TwoSampleChiSquareTest(),
    ];

    private static readonly Dictionary<string, IDriftTest> ByName = All.ToDictionary(t => t.Name, StringComparer.Ordinal);

    public static IDriftTest? Find(string name) => ByName.GetValueOrDefault(name);

    public static IDriftTest Get(string name) => Find(name) ?? throw new KeyNotFoundException($"No drift test '{name}'");
}
