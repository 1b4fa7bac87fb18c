using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Domain.Comparison;
using Slipway.Monitoring.Drift;

namespace Slipway.Monitoring.Tests.Drift;

public sealed class DriftComparerTests
{
    private static readonly DriftComparer Comparer = new();

    [Fact]
    public void Compare_AnswersInTheDocumentedShape()
    {
        var reference = Frame(Numbers("a", 1, 2, 3, 4, 5, 6), Texts("b", "x", "y", null, "x", "y", null));
        var current = Frame(Numbers("a", 1, 2, 3, 4, 5, 7), Texts("b", "x", "x", "y", "x", "y", "y"));

        var json = Comparer.Compare(reference, current, new DriftOptions()).Value;

        var (a, b) = ((JsonObject)json["columns"]![0]!, (JsonObject)json["columns"]![1]!);
        Assert.Equal(["column", "kind", "missing", "default", "drifted", "tests"], a.Select(p => p.Key));
        Assert.Equal(("a", "num", "ks", false), ((string)a["column"]!, (string)a["kind"]!, (string)a["default"]!, (bool)a["drifted"]!));
        Assert.Equal(("cat", "z"), ((string)b["kind"]!, (string)b["default"]!));
        Assert.Equal(1.0 / 3, (double)b["missing"]!["reference"]!, 12);
        Assert.Equal(0, (double)b["missing"]!["current"]!);
        Assert.Equal(
            ["ks", "psi", "jensenshannon", "wasserstein", "kl_div", "hellinger", "ed", "t_test", "mannw", "anderson", "cramer_von_mises", "es", "empirical_mmd"],
            ((JsonArray)a["tests"]!).Select(t => (string)t!["test"]!));
        Assert.Equal(
            ["chisquare", "z", "psi", "jensenshannon", "kl_div", "hellinger", "fisher_exact", "g_test", "TVD"],
            ((JsonArray)b["tests"]!).Select(t => (string)t!["test"]!));
        Assert.Equal(["test", "statistic", "pValue", "threshold", "drifted"], ((JsonObject)a["tests"]![0]!).Select(p => p.Key));
        Assert.Null(a["tests"]![1]!["pValue"]);
        Assert.Equal(["share", "drifted"], ((JsonObject)json["dataset"]!).Select(p => p.Key));
    }

    [Fact]
    public void Compare_InBothDirectionsOfTheShare_DecidesTheDataset()
    {
        var reference = Frame(Counting("a", 0), Counting("b", 0), Counting("c", 0));
        var current = Frame(Counting("a", 50), Counting("b", 0), Counting("c", 0));

        var json = Comparer.Compare(reference, current, new DriftOptions(AllTests: false)).Value;

        Assert.Equal(1.0 / 3, (double)json["dataset"]!["share"]!, 12);
        Assert.False((bool)json["dataset"]!["drifted"]!);
        Assert.True((bool)Comparer.Compare(reference, current, new DriftOptions(Share: 0.3)).Value["dataset"]!["drifted"]!);
    }

    [Fact]
    public void UnseenCategory_GivesNullStatisticAndPZero()
    {
        var json = Comparer.Compare(Frame(Texts("a", "x", "y", "z")), Frame(Texts("a", "x", "y", "new")), new DriftOptions()).Value;
        var chisquare = json["columns"]![0]!["tests"]![0]!;

        Assert.Null(chisquare["statistic"]);
        Assert.Equal(0, (double)chisquare["pValue"]!);
        Assert.True((bool)chisquare["drifted"]!);
    }

    [Fact]
    public void ColumnsWithoutACounterpartOrValues_AreNamedAllAtOnce()
    {
        var reference = Frame(Numbers("gone", 1, 2), Numbers("empty", 1, 2), Texts("ok", "a", "b"));
        var current = Frame(Numbers("new", 1, 2), Numbers("empty", double.NaN, double.PositiveInfinity), Texts("ok", "a", "b"));

        var problem = Comparer.Compare(reference, current, new DriftOptions()).Problem!;

        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Equal(["empty", "gone", "new"], problem.Faults.Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FramesWithoutRowsOrColumns_AreAProblem()
    {
        Assert.Equal(ProblemCode.Invalid, Comparer.Compare(Frame(Numbers("a")), Frame(Numbers("a", 1)), new DriftOptions()).Problem!.Code);
        Assert.Equal(ProblemCode.Invalid, Comparer.Compare(Frame(), Frame(), new DriftOptions()).Problem!.Code);
    }

    [Fact]
    public void SingleValues_AreComparedWithoutFailing()
    {
        var json = Comparer.Compare(Frame(Numbers("a", 1), Texts("b", "x")), Frame(Numbers("a", 2), Texts("b", "x")), new DriftOptions()).Value;

        Assert.Equal("z", (string?)json["columns"]![0]!["default"]);
        Assert.False((bool)json["columns"]![1]!["drifted"]!);
    }

    [Fact]
    public void NumbersAgainstText_AreComparedAsCategories()
    {
        var json = Comparer.Compare(Frame(Numbers("a", 1, 2, 3)), Frame(Texts("a", "1", "2", "3")), new DriftOptions()).Value;

        Assert.Equal("cat", (string?)json["columns"]![0]!["kind"]);
        Assert.False((bool)json["columns"]![0]!["drifted"]!);
    }

    [Fact]
    public void TimeColumn_IsListedButNotCounted()
    {
        var json = Comparer.Compare(Frame(Numbers("a", 1, 2), new TimeColumn("t", [1, long.MinValue])), Frame(Numbers("a", 1, 2), new TimeColumn("t", [3, 4])), new DriftOptions()).Value;

        Assert.Equal("time", (string?)json["columns"]![1]!["kind"]);
        Assert.Equal(0.5, (double)json["columns"]![1]!["missing"]!["reference"]!);
        Assert.Equal(0, (double)json["dataset"]!["share"]!);
    }

    [Fact]
    public void TwoSampleChiSquare_SparesTheFalseAlarmOfTheOneSampleForm()
    {
        var (reference, current) = DriftCases.Columns("cat_same");

        var plain = Comparer.Compare(Frame(reference), Frame(current), new DriftOptions()).Value["columns"]![0]!;
        var better = Comparer.Compare(Frame(reference), Frame(current), new DriftOptions(TwoSampleChiSquare: true)).Value["columns"]![0]!;

        Assert.Equal(("chisquare", true), ((string)plain["default"]!, (bool)plain["drifted"]!));
        Assert.DoesNotContain((JsonArray)plain["tests"]!, t => (string?)t!["test"] == "chisquare_two_sample");
        Assert.Equal(("chisquare_two_sample", false), ((string)better["default"]!, (bool)better["drifted"]!));
    }

    [Fact]
    public void Corrections_FollowTheirDefinitions()
    {
        double[] pValues = [0.01, 0.04, 0.03, 0.005];

        Assert.Equal([0.04, 0.16, 0.12, 0.02], Corrections.Adjust(Correction.Bonferroni, pValues), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.02, 0.04, 0.04, 0.02], Corrections.Adjust(Correction.BenjaminiHochberg, pValues), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(pValues, Corrections.Adjust(Correction.None, pValues));
    }

    [Fact]
    public void Bonferroni_CanTakeADecisionBack()
    {
        // p = 0.0034 for one column; with twenty columns it is no longer news.
        var (reference, current) = DriftCases.Columns("cat_same");
        var quiet = Enumerable.Range(0, 19).Select(i => (Column)Texts($"q{i}", [.. Enumerable.Repeat("v", 600)])).ToArray();

        var column = Comparer.Compare(Frame([reference, .. quiet]), Frame([current, .. quiet]), new DriftOptions(Correction: "bonferroni", AllTests: false))
            .Value["columns"]![0]!;

        Assert.False((bool)column["drifted"]!);
        Assert.Equal(20 * 0.00337047762199799, (double)column["adjustedPValue"]!, 9);
    }

    [Fact]
    public void OptionsOutOfRange_AreNamed()
    {
        var problem = Comparer.Compare(Frame(Numbers("a", 1)), Frame(Numbers("a", 1)), new DriftOptions(Share: 0, Correction: "holm")).Problem!;

        Assert.Equal(["share", "correction"], problem.Faults.Select(f => f.Path));
    }

    private static Frame Frame(params Column[] columns) => new(columns);

    private static NumericColumn Numbers(string name, params double[] values) => new(name, values);

    private static NumericColumn Counting(string name, double from) => new(name, [.. Enumerable.Range(0, 100).Select(i => from + i)]);

    private static TextColumn Texts(string name, params string?[] values) => new(name, values);
}
