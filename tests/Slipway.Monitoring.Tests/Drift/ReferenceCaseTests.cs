using System.Text.Json.Nodes;
using Slipway.Kernel.Frames;
using Slipway.Monitoring.Domain.Comparison;
using Slipway.Monitoring.Domain.DriftTests;
using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Tests.Drift;

/// <summary>Every figure of expected.json, by its tolerance.</summary>
public sealed class ReferenceCaseTests
{
    /// <summary>Where expected.json keeps a test's own statistic; distances stand under the test's name.</summary>
    private static readonly Dictionary<string, string> StatisticKeys = new(StringComparer.Ordinal)
    {
        ["ks"] = "ks_statistic", ["t_test"] = "t_statistic", ["mannw"] = "mannw_U", ["anderson"] = "anderson_statistic",
        ["cramer_von_mises"] = "cramer_von_mises_statistic", ["es"] = "es_statistic", ["empirical_mmd"] = "mmd2_unbiased",
        ["chisquare"] = "chisquare_statistic", ["TVD"] = "TVD_distance", ["chisquare_two_sample"] = "chi2_contingency_statistic",
    };

    public static TheoryData<string, string> CasesByTest()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in DriftCases.Names)
        {
            var stats = (JsonObject)DriftCases.Expected[name]!["stats"]!;
            foreach (var test in DriftTestCatalog.All.Where(t => stats.ContainsKey(KeyOf(t.Name))))
            {
                data.Add(name, test.Name);
            }
        }

        return data;
    }

    public static TheoryData<string> Cases() => [.. DriftCases.Names];

    [Theory]
    [MemberData(nameof(CasesByTest))]
    public void Measured_AgreesWithTheReferenceTools(string name, string test)
    {
        var stats = (JsonObject)DriftCases.Expected[name]!["stats"]!;
        var (pair, subject, expected) = (DriftCases.Pair(name), DriftTestCatalog.Get(test), stats[KeyOf(test)]);
        if (IsError(expected))
        {
            Assert.False(subject.AppliesTo(pair));
            return;
        }

        Assert.True(subject.AppliesTo(pair));
        var score = subject.Measure(pair, seed: 7);
        if (StatisticKeys.TryGetValue(test, out var key) && stats[key] is { } statistic)
        {
            AssertClose(Number(statistic), score.Statistic, "statistic", $"{name} {test} statistic");
        }

        AssertClose(Number(expected), score.PValue ?? score.Statistic, test, $"{name} {test}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void DefaultTest_AgreesWithEvidently(string name)
    {
        var expected = DriftCases.Expected[name]!;
        var column = ColumnComparison.Of(DriftCases.Pair(name), new DriftSettings(AllTests: false));

        Assert.Equal((string?)expected["evidently_default_test"], column.Deciding.Test.Name);
        Assert.Equal((double)expected["evidently_default_threshold"]!, column.Deciding.Threshold);
        Assert.Equal((bool)expected["evidently_default_drift"]!, column.Drifted);
        AssertClose(
            Number(expected["evidently_default_score"]), column.Deciding.Score.PValue ?? column.Deciding.Score.Statistic, column.Deciding.Test.Name, name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bins_HaveTheExpectedShares(string name)
    {
        var bins = DriftCases.Expected[name]!["bins"]!;
        var shares = BinnedShares.Of(DriftCases.Pair(name));

        Assert.Equal(((JsonArray)bins["ref_share"]!).Select(s => (double)s!), shares.Reference, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(((JsonArray)bins["cur_share"]!).Select(s => (double)s!), shares.Current, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cleaning_KeepsTheExpectedRows(string name)
    {
        var expected = DriftCases.Expected[name]!;
        var pair = DriftCases.Pair(name);

        Assert.Equal((int)expected["n_ref"]!, pair.ReferenceCount);
        Assert.Equal((int)expected["n_cur"]!, pair.CurrentCount);
        Assert.Equal(1 - ((double)expected["n_ref"]! / (double)expected["n_ref_raw"]!), pair.ReferenceMissing, 12);
        Assert.Equal(1 - ((double)expected["n_cur"]! / (double)expected["n_cur_raw"]!), pair.CurrentMissing, 12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AsymptoticKolmogorov_AgreesWithScipy(string name)
    {
        if (DriftCases.Expected[name]!["stats"]!["ks_p_asymptotic"] is not { } expected)
        {
            return;
        }

        var pair = DriftCases.Pair(name);
        var distance = DriftTestCatalog.Get("ks").Measure(pair, 0).Statistic;
        var gap = (long)Math.Round(distance * pair.ReferenceCount * pair.CurrentCount);

        AssertClose(Number(expected), TwoSampleKolmogorov.Asymptotic(pair.ReferenceCount, pair.CurrentCount, gap), "ks", name);
    }

    [Fact]
    public void Dataset_DriftsFromHalfOfItsColumnsOn()
    {
        foreach (var example in (JsonArray)DriftCases.Expected["_dataset"]!["examples"]!)
        {
            var names = ((JsonArray)example!["columns"]!).Select(n => (string)n!).ToArray();
            if (!names.All(DriftCases.Expected.ContainsKey))
            {
                continue;
            }

            var drifted = names.Count(n => ColumnComparison.Of(DriftCases.Pair(n), new DriftSettings(AllTests: false)).Drifted);
            Assert.Equal((int)example["drifted"]!, drifted);
            Assert.Equal((double)example["share"]!, (double)drifted / names.Length, 12);
            Assert.Equal((bool)example["dataset_drift"]!, (double)drifted / names.Length >= new DriftSettings().Share);
        }
    }

    [Fact]
    public void Thresholds_AreThoseOfTheReference()
    {
        foreach (var (test, threshold) in (JsonObject)DriftCases.Expected["_tolerance"]!["thresholds"]!)
        {
            Assert.Equal((double)threshold!, DriftTestCatalog.Get(test).Threshold);
        }
    }

    private static string KeyOf(string test) => test == "chisquare_two_sample" ? "chi2_contingency_p" : test;

    private static bool IsError(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.StartsWith("error", StringComparison.Ordinal);

    private static double Number(JsonNode? node) => node switch
    {
        null => double.NaN,
        JsonValue value when value.TryGetValue<string>(out var text) => text switch
        {
            "inf" => double.PositiveInfinity,
            "nan" => double.NaN,
            _ => throw new FormatException(text),
        },
        _ => (double)node,
    };

    private static void AssertClose(double expected, double actual, string test, string what)
    {
        var (relative, absolute) = test switch
        {
            "empirical_mmd" => (1e-6, 0.05),
            "TVD" => (0, 0.03),
            "anderson" => (1e-6, 1e-6),
            _ => (1e-6, 1e-9),
        };
        var close = double.IsFinite(expected)
            ? Math.Abs(actual - expected) <= Math.Max(absolute, relative * Math.Abs(expected))
            : actual.Equals(expected);
        Assert.True(close, $"{what}: expected {expected:R}, got {actual:R}");
    }
}
