using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Data.Tests.Versions;

public sealed class DatasetsTests
{
    private const string Sales = "time,city,n,ok\n2000-01-01T00:00:00Z,Austin,1.5,true\n2000-02-01T00:00:00Z,Bryan,,false\n2000-03-01T00:00:00Z,Austin,3,true\n";

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Add_ThenAgain_IsTheSameVersionAndOneEvent(DatabaseEngine engine)
    {
        await using var server = await DataServer.StartAsync(engine);
        var first = await AddAsync(server, Sales);
        var other = await AddAsync(server, Sales + "2000-04-01T00:00:00Z,Waco,4,true\n");
        var again = await AddAsync(server, Sales);

        Assert.Equal((1, 2, 1), (first.Number, other.Number, again.Number));
        Assert.Equal(3, first.Rows);
        Assert.Equal("sales:1", first.Display);
        Assert.Equal([ColumnKind.Time, ColumnKind.Text, ColumnKind.Numeric, ColumnKind.Boolean], again.Columns.Select(c => c.Kind));
        var events = await server.Floor.Events.ReadAsync(0, new EventFilter("data."), 10, default);
        Assert.Equal(["datasets/sales/1", "datasets/sales/2"], events.Select(e => e.Subject));
        Assert.Equal(first.Digest, (string)JsonNode.Parse(events[0].Payload.Span)!["digest"]!);
    }

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Add_ManyAtOnce_NumbersThemWithoutGaps(DatabaseEngine engine)
    {
        await using var server = await DataServer.StartAsync(engine);
        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => AddAsync(server, $"a\n{i / 2}\n")));
        Assert.Equal(Enumerable.Range(1, 6), added.Select(a => a.Number).Distinct().Order());
    }

    [Fact]
    public async Task Get_ByNumberDigestAndLatest_FindsIt()
    {
        await using var server = await DataServer.StartAsync();
        var first = await AddAsync(server, Sales);
        var second = await AddAsync(server, "a\n1\n");
        Assert.Equal(1, (await server.Datasets.GetVersionAsync("default", "sales", "1", default)).Value.Number);
        Assert.Equal(1, (await server.Datasets.GetVersionAsync("default", "sales", first.Digest, default)).Value.Number);
        Assert.Equal(second.Digest, (await server.Datasets.GetVersionAsync("default", "sales", "latest", default)).Value.Digest);
        Assert.Equal(ProblemCode.NotFound, (await server.Datasets.GetVersionAsync("default", "sales", "3", default)).Problem?.Code);
        Assert.Equal(ProblemCode.NotFound, (await server.Datasets.GetVersionAsync("other", "sales", "1", default)).Problem?.Code);
    }

    [Fact]
    public async Task Read_TimeRangeAndColumns_KeepsFileOrder()
    {
        await using var server = await DataServer.StartAsync();
        var version = await AddAsync(server, Sales);
        var frame = (await server.Datasets.ReadAsync(version, new DatasetQuery
        {
            Columns = ["n", "city"], TimeColumn = "time", From = At(2000, 2), Until = At(2000, 3),
        }, default)).OrThrow();
        Assert.Equal(["n", "city"], frame.Columns.Select(c => c.Name));
        Assert.Equal((IEnumerable<string?>)["Bryan"], ((TextColumn)frame["city"]).Values);
        Assert.True(frame["n"].IsMissing(0));

        var all = (await server.Datasets.ReadAsync(version, new DatasetQuery(), default)).OrThrow();
        Assert.Equal([1, 0, 1], ((NumericColumn)all["ok"]).Values);
        Assert.Equal(At(2000, 3), ((TimeColumn)all["time"]).At(2));
    }

    [Fact]
    public async Task Read_WrongColumns_AreAllNamed()
    {
        await using var server = await DataServer.StartAsync();
        var version = await AddAsync(server, Sales);
        var problem = (await server.Datasets.ReadAsync(version, new DatasetQuery { Columns = ["n", "x"], TimeColumn = "city", From = At(2000, 1) }, default)).Problem!;
        Assert.Equal(["x", "city"], problem.Faults.Select(f => f.Path));
        Assert.Contains("not ISO 8601", problem.Message);
        var without = (await server.Datasets.ReadAsync(version, new DatasetQuery { Until = At(2000, 1) }, default)).Problem!;
        Assert.Contains("timeColumn", without.Message);
    }

    [Fact]
    public async Task AddFrame_ThenRead_GivesTheFrameBack()
    {
        await using var server = await DataServer.StartAsync();
        var frame = new Frame([
            new NumericColumn("n", [0.1, double.NaN, 1e300, -0.0]),
            new TextColumn("t,x", ["a \"b\"", null, "Dvořák\nline", "c"]),
            new TimeColumn("at", [0, long.MinValue, 1_000_001, -1]),
        ]);
        var version = (await server.Datasets.AddFrameAsync("default", "frames", "test", frame, default)).OrThrow();
        var same = (await server.Datasets.AddFrameAsync("default", "frames", "test", frame, default)).OrThrow();
        var read = (await server.Datasets.ReadAsync(version, new DatasetQuery(), default)).OrThrow();

        Assert.Equal(version.Number, same.Number);
        Assert.Equal(((NumericColumn)frame["n"]).Values, ((NumericColumn)read["n"]).Values);
        Assert.Equal(((TextColumn)frame["t,x"]).Values, ((TextColumn)read["t,x"]).Values);
        Assert.Equal(((TimeColumn)frame["at"]).Micros, ((TimeColumn)read["at"]).Micros);
    }

    [Fact]
    public async Task Add_Parquet_KeepsItsTypesAndReadsWhatHasNoKindAsText()
    {
        await using var server = await DataServer.StartAsync();
        var path = Path.Combine(server.Floor.DataFolder, "t.parquet");
        using (var database = DuckDbDatabase.Open().OrThrow())
        using (var connection = database.Connect())
        {
            connection.Execute(
                "COPY (SELECT DATE '2000-01-01' + i::INTEGER AS day, i::DECIMAL(9,2) / 4 AS price, [i, i + 1] AS pair, 'c' || i % 3 AS c "
                + $"FROM range(1000) r(i)) TO {DuckDbText.Literal(path)} (FORMAT parquet)").OrThrow();
        }

        await using var content = File.OpenRead(path);
        var version = (await server.Datasets.AddVersionAsync("default", "sales", "parquet", "test", content, default)).OrThrow();
        Assert.Equal([ColumnKind.Time, ColumnKind.Numeric, ColumnKind.Text, ColumnKind.Text], version.Columns.Select(c => c.Kind));
        var frame = (await server.Datasets.ReadAsync(version, new DatasetQuery { TimeColumn = "day", Until = At(2000, 2) }, default)).OrThrow();
        Assert.Equal(31, frame.Rows);
        Assert.Equal(7.5, ((NumericColumn)frame["price"]).Values[30]);
        Assert.Equal("[30, 31]", ((TextColumn)frame["pair"]).Values[30]);
    }

    [Theory]
    [InlineData("csv", "a,b\n1,2\n3\n", "Line 3")]
    [InlineData("csv", "", "empty")]
    [InlineData("csv", "PAR1xxxx", "is Parquet, not CSV")]
    [InlineData("parquet", "a,b\n1,2\n", "is not Parquet")]
    [InlineData("parquet", "PAR1 nothing more PAR1", "cannot be read as parquet")]
    [InlineData("xlsx", "a", "use csv or parquet")]
    public async Task Add_WhatIsNoTable_IsInvalidAndLeavesNoVersion(string format, string content, string expected)
    {
        await using var server = await DataServer.StartAsync();
        var problem = (await server.Datasets.AddVersionAsync("default", "sales", format, "test", Bytes(content), default)).Problem!;
        Assert.Equal(ProblemCode.Invalid, problem.Code);
        Assert.Contains(expected, problem.Message);
        Assert.Equal(0, await server.Floor.Events.HeadAsync(default));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(server.Floor.DataFolder, "objects", ".incoming")));
    }

    [Theory]
    [InlineData("default", "../etc")]
    [InlineData("default", "Upper")]
    [InlineData("default", "")]
    [InlineData("a b", "sales")]
    public async Task Add_WrongNames_AreInvalid(string ns, string name)
    {
        await using var server = await DataServer.StartAsync();
        Assert.Equal(ProblemCode.Invalid, (await server.Datasets.AddVersionAsync(ns, name, "csv", "test", Bytes(Sales), default)).Problem?.Code);
    }

    private static DateTimeOffset At(int year, int month) => new(year, month, 1, 0, 0, 0, TimeSpan.Zero);

    private static MemoryStream Bytes(string content) => new(Encoding.UTF8.GetBytes(content));

    private static async Task<DatasetVersion> AddAsync(DataServer server, string csv) =>
        (await server.Datasets.AddVersionAsync("default", "sales", "csv", "test", Bytes(csv), default)).OrThrow();
}
