using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Contracts.Data.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tests.Profiling;

public sealed class FileProfilerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly IFileProfiler _profiler = DataModule.CreateFileProfiler();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Profile_OfEveryKind_HasItsFigures()
    {
        var profile = (await _profiler.ProfileAsync(
            Write("t,n,c,ok\n2000-01-01T00:00:00Z,1,a,true\n2000-01-02T00:00:00Z,2,b,false\n2000-01-03T00:00:00+01:00,3,a,true\n,,,\n"), default)).OrThrow();

        Assert.Equal(4, (long)profile["rows"]!);
        var (time, number, text, truth) = (Column(profile, 0), Column(profile, 1), Column(profile, 2), Column(profile, 3));
        Assert.Equal(["time", "numeric", "text", "boolean"], ((JsonObject[])[time, number, text, truth]).Select(c => (string)c["kind"]!));
        Assert.All((JsonObject[])[time, number, text, truth], c => Assert.Equal((3, 1), ((long)c["count"]!, (long)c["missing"]!)));
        Assert.Equal("2000-01-01T00:00:00Z", (string)time["min"]!);
        Assert.Equal("2000-01-02T23:00:00Z", (string)time["max"]!);
        Assert.Equal((1d, 2d, 3d, 1d), ((double)number["min"]!, (double)number["mean"]!, (double)number["max"]!, (double)number["std"]!));
        Assert.Equal(2, (double)number["quantiles"]!["0.5"]!);
        Assert.Equal(2, (long)text["distinct"]!);
        Assert.Equal("""[{"value":"a","count":2},{"value":"b","count":1}]""", text["top"]!.ToJsonString());
    }

    [Fact]
    public async Task Profile_OfHugeAndInfiniteNumbers_LeavesOutWhatHasNoFigure()
    {
        var number = Column((await _profiler.ProfileAsync(Write("n\n1e308\n-1e308\nInfinity\nNaN\n"), default)).OrThrow(), 0);
        Assert.Equal((3, 1), ((long)number["count"]!, (long)number["missing"]!));
        Assert.Equal(1e308, (double)number["max"]!);
        Assert.Null(number["std"]);
    }

    [Fact]
    public async Task Profile_OfDatesThatAreNotIso_StaysText() =>
        Assert.Equal("text", (string)Column((await _profiler.ProfileAsync(Write("d,n\n31/01/2000,1\n28/02/2000,2\n"), default)).OrThrow(), 0)["kind"]!);

    [Fact]
    public async Task Profile_OfOneTimeThatCannotBeParsed_StaysText() =>
        Assert.Equal(
            "text", (string)Column((await _profiler.ProfileAsync(Write("d,n\n2000-01-01T00:00:00Z,1\nyesterday,2\n"), default)).OrThrow(), 0)["kind"]!);

    [Fact]
    public async Task Profile_OfAMissingFile_IsNotFound() =>
        Assert.Equal(ProblemCode.NotFound, (await _profiler.ProfileAsync(_folder.File("none.csv"), default)).Problem?.Code);

    [Fact]
    public async Task Profile_OfRaggedRows_NamesFileAndLine()
    {
        var problem = (await _profiler.ProfileAsync(Write("a,b\n1,2\n3\n"), default)).Problem!;
        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Contains("t.csv: Line 3", problem.Message);
    }

    [Fact]
    public async Task Profile_OfBrokenParquet_IsInvalid()
    {
        var path = _folder.File("broken.parquet");
        await File.WriteAllTextAsync(path, "PAR1 and then nothing of the kind PAR1");
        var problem = (await _profiler.ProfileAsync(path, default)).Problem!;
        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Contains("parquet", problem.Message);
    }

    [Fact]
    public async Task Read_QuotesUnicodeAndEmpties_GivesTheValues()
    {
        var frame = (await _profiler.ReadAsync(Write("c,n\n\"Bryan, TX\",1.5\nDvořák,\n\"a \"\"b\"\"\nc\",-2\n"), default)).OrThrow();
        Assert.Equal((IEnumerable<string?>)["Bryan, TX", "Dvořák", "a \"b\"\nc"], ((TextColumn)frame["c"]).Values);
        Assert.Equal([1.5, double.NaN, -2], ((NumericColumn)frame["n"]).Values);
    }

    [Fact]
    public async Task ToHtml_EscapesWhatTheFileHolds()
    {
        var profile = (await _profiler.ProfileAsync(Write("<script>,n\n<img src=x>,1\nb,2\n"), default)).OrThrow();
        var html = _profiler.ToHtml(profile);
        Assert.DoesNotContain("<script>", html);
        Assert.DoesNotContain("<img", html);
        Assert.Contains("&lt;script&gt;", html);
    }

    [Fact]
    public async Task Profile_OfTheHousingSample_KnowsItsColumns()
    {
        var profile = (await _profiler.ProfileAsync(Samples.Housing, default)).OrThrow();
        Assert.Equal(7986, (long)profile["rows"]!);
        var kinds = profile["columns"]!.AsArray().ToDictionary(c => (string)c!["column"]!, c => (string)c!["kind"]!);
        Assert.Equal("time", kinds["event_timestamp"]);
        Assert.Equal("text", kinds["city"]);
        Assert.Equal("numeric", kinds["median_price"]);
    }

    private static JsonObject Column(JsonObject profile, int index) => profile["columns"]![index]!.AsObject();

    private string Write(string csv)
    {
        var path = _folder.File("t.csv");
        File.WriteAllText(path, csv);
        return path;
    }
}
