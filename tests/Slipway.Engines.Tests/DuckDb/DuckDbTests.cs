using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Tests.DuckDb;

public sealed class DuckDbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-duckdb-").FullName;
    private readonly DuckDbDatabase _database = DuckDbDatabase.Open(new DuckDbOptions { Threads = 1 }).OrThrow();
    private readonly DuckDbConnection _connection;

    public DuckDbTests() => _connection = _database.Connect();

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("(-128)::TINYINT", -128)]
    [InlineData("(-32768)::SMALLINT", -32768)]
    [InlineData("(-7)::INTEGER", -7)]
    [InlineData("9007199254740991::BIGINT", 9007199254740991)]
    [InlineData("255::UTINYINT", 255)]
    [InlineData("65535::USMALLINT", 65535)]
    [InlineData("4294967295::UINTEGER", 4294967295)]
    [InlineData("18446744073709551615::UBIGINT", 18446744073709551615d)]
    [InlineData("(-170141183460469231731687303715884105727)::HUGEINT", -170141183460469231731687303715884105727d)]
    [InlineData("340282366920938463463374607431768211455::UHUGEINT", 340282366920938463463374607431768211455d)]
    [InlineData("1.5::FLOAT", 1.5)]
    [InlineData("0.1::DOUBLE", 0.1)]
    [InlineData("1.2::DECIMAL(4,1)", 1.2)]
    [InlineData("-12345.67::DECIMAL(9,2)", -12345.67)]
    [InlineData("123456789.123::DECIMAL(18,3)", 123456789.123)]
    [InlineData("-0.5::DECIMAL(38,10)", -0.5)]
    public void Query_NumberOfEveryType_IsADouble(string sql, double expected) =>
        Assert.Equal(expected, Assert.IsType<NumericColumn>(One($"SELECT {sql} AS v")).Values[0]);

    [Theory]
    [InlineData("'short'", "short")]
    [InlineData("'exactly12byt'", "exactly12byt")]
    [InlineData("'thirteenbytes'", "thirteenbytes")]
    [InlineData("'Dvořák 🎼 a longer text'", "Dvořák 🎼 a longer text")]
    [InlineData("''", "")]
    [InlineData("'b'::ENUM('a', 'b')", "b")]
    [InlineData("'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::UUID", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")]
    [InlineData("TIME '12:34:56'", "12:34:56")]
    public void Query_Text_ComesBackAsWritten(string sql, string expected) =>
        Assert.Equal(expected, Assert.IsType<TextColumn>(One($"SELECT {sql} AS v")).Values[0]);

    [Theory]
    [InlineData("DATE '2000-01-02'", "2000-01-02T00:00:00Z")]
    [InlineData("TIMESTAMP '1969-12-31 23:59:59.999999'", "1969-12-31T23:59:59.999999Z")]
    [InlineData("'2000-01-01 00:00:01'::TIMESTAMP_S", "2000-01-01T00:00:01Z")]
    [InlineData("'2000-01-01 00:00:00.001'::TIMESTAMP_MS", "2000-01-01T00:00:00.001Z")]
    [InlineData("'2000-01-01 00:00:00.000001'::TIMESTAMP_NS", "2000-01-01T00:00:00.000001Z")]
    [InlineData("TIMESTAMPTZ '2000-06-01 12:00:00+02:00'", "2000-06-01T10:00:00Z")]
    public void Query_Time_IsMicrosecondsUtc(string sql, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null), Assert.IsType<TimeColumn>(One($"SELECT {sql} AS v")).At(0));

    [Fact]
    public void Query_TimeWithoutZone_IsUtcWhateverTheMachinesZone()
    {
        Assert.Equal("UTC", ((TextColumn)One("SELECT current_setting('TimeZone') AS v")).Values[0]);
        Assert.Equal(DateTimeOffset.UnixEpoch, ((TimeColumn)One("SELECT '1970-01-01 00:00:00'::TIMESTAMPTZ AS v")).At(0));
    }

    [Fact]
    public void Query_Nulls_AreMissingInEveryKind()
    {
        var frame = Query("SELECT * FROM (VALUES (1, 'a', true, DATE '2000-01-01'), (NULL, NULL, NULL, NULL)) t(n, t, b, d)");
        Assert.Equal(2, frame.Rows);
        Assert.All(frame.Columns, c => Assert.False(c.IsMissing(0)));
        Assert.All(frame.Columns, c => Assert.True(c.IsMissing(1)));
        Assert.True(One("SELECT 'infinity'::TIMESTAMP AS v").IsMissing(0));
    }

    [Fact]
    public void Query_MoreRowsThanAChunk_AreAllRead()
    {
        var frame = Query("SELECT i AS n, 'row number ' || i AS t FROM range(100000) r(i)");
        Assert.Equal(100_000, frame.Rows);
        Assert.Equal(99_999, ((NumericColumn)frame["n"]).Values[^1]);
        Assert.Equal("row number 54321", ((TextColumn)frame["t"]).Values[54_321]);
    }

    [Fact]
    public void Query_NoRows_KeepsTheColumns()
    {
        var frame = Query("SELECT 1 AS a, 'x' AS b WHERE false");
        Assert.Equal(0, frame.Rows);
        Assert.Equal(["a", "b"], frame.Columns.Select(c => c.Name));
    }

    [Fact]
    public void Query_Parameters_AreBoundByPlace()
    {
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.FromHours(2));
        var frame = _connection.Query(
            "SELECT $1 AS n, $2 AS d, $3 AS t, $4 AS b, $5::INTEGER AS missing, $6::TIMESTAMP AS at",
            [7L, 0.25, "it's \0 \u00e9", true, DuckDbValue.Null, time]).OrThrow();
        Assert.Equal(7, ((NumericColumn)frame["n"]).Values[0]);
        Assert.Equal(0.25, ((NumericColumn)frame["d"]).Values[0]);
        Assert.Equal("it's \0 \u00e9", ((TextColumn)frame["t"]).Values[0]);
        Assert.Equal(1, ((NumericColumn)frame["b"]).Values[0]);
        Assert.True(frame["missing"].IsMissing(0));
        Assert.Equal(time, ((TimeColumn)frame["at"]).At(0));
    }

    [Fact]
    public void Statement_RunAgainWithOtherValues_UsesThem()
    {
        _connection.Execute("CREATE TABLE t (a INTEGER, b VARCHAR)").OrThrow();
        using var insert = _connection.Prepare("INSERT INTO t VALUES (?, ?)").OrThrow();
        for (var i = 0L; i < 5; i++)
        {
            Assert.Equal(1, insert.Execute([i, $"row {i}"]).Value);
        }

        Assert.Equal(3, _connection.Execute("DELETE FROM t WHERE a < 3").Value);
        Assert.Equal((IEnumerable<string?>)["row 3", "row 4"], ((TextColumn)Query("SELECT b FROM t ORDER BY a")["b"]).Values);
    }

    [Fact]
    public void Query_WrongNumberOfParameters_IsInvalid() =>
        AssertInvalid(_connection.Query("SELECT ?", []), "1 parameters, 0 values");

    [Fact]
    public void Errors_CarryDuckDbsText()
    {
        AssertInvalid(_connection.Query("SELEC 1"), "syntax error");
        AssertInvalid(_connection.Query("SELECT * FROM nowhere"), "nowhere");
        AssertInvalid(_connection.Query("SELECT 'abc'::INTEGER AS v"), "abc");
        AssertInvalid(_connection.Execute("CREATE TABLE x (a INTEGER PRIMARY KEY); INSERT INTO x VALUES (1); INSERT INTO x VALUES (1)"), "Duplicate key");
        AssertInvalid(_connection.Query("SELECT [1, 2] AS v, 3 AS w"), "v: LIST cannot be read");
        AssertInvalid(_connection.Query("SELECT 1 AS v, 2 AS v"), "two columns");
    }

    [Fact]
    public void ReadCsv_RaggedRow_IsRefusedNamingTheLine()
    {
        var path = Path.Combine(_folder, "ragged.csv");
        File.WriteAllText(path, "a,b\n1,2\n3,4,5\n6,7\n");
        AssertInvalid(_connection.Query("SELECT * FROM read_csv(?, auto_detect = false, delim = ',', header = true, columns = {'a': 'BIGINT', 'b': 'BIGINT'})", [path]), "Line: 3");
    }

    [Fact]
    public void ReadCsv_WithTypesSniffed_GivesThem()
    {
        var path = Path.Combine(_folder, "it's.csv");
        File.WriteAllText(path, "time,city,n,ok\n2000-01-01T00:00:00Z,Austin,1.5,true\n2000-02-01T00:00:00Z,\"Bryan, TX\",,false\n");
        var frame = _connection.Query("SELECT * FROM read_csv(?)", [path]).OrThrow();
        Assert.Equal(new DateTimeOffset(2000, 2, 1, 0, 0, 0, TimeSpan.Zero), Assert.IsType<TimeColumn>(frame["time"]).At(1));
        Assert.Equal((IEnumerable<string?>)["Austin", "Bryan, TX"], ((TextColumn)frame["city"]).Values);
        Assert.Equal([1.5, double.NaN], ((NumericColumn)frame["n"]).Values);
        Assert.Equal([1, 0], ((NumericColumn)frame["ok"]).Values);
    }

    [Fact]
    public void Parquet_WrittenAndRead_KeepsTheRows()
    {
        var path = Path.Combine(_folder, "t.parquet");
        _connection.Execute($"COPY (SELECT i, i / 2 AS half FROM range(5000) r(i)) TO {DuckDbText.Literal(path)} (FORMAT parquet)").OrThrow();
        Assert.Equal(6248750, ((NumericColumn)_connection.Query("SELECT sum(half)::DOUBLE AS s FROM read_parquet(?)", [path]).OrThrow()["s"]).Values[0]);
    }

    [Fact]
    public async Task Query_Cancelled_EndsEarlyAndLeavesTheConnectionUsable()
    {
        using var cancel = new CancellationTokenSource();
        using var running = new ManualResetEventSlim();
        var query = Task.Run(() =>
        {
            running.Set();
            return _connection.Query("SELECT sum(a.i * b.i)::DOUBLE AS s FROM range(10000000) a(i), range(1000000) b(i)", cancel: cancel.Token);
        });
        running.Wait();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, ((NumericColumn)One("SELECT 1 AS v")).Values[0]);
    }

    [Fact]
    public void Open_File_KeepsItsTables()
    {
        var path = Path.Combine(_folder, "kept.duckdb");
        using (var database = DuckDbDatabase.Open(new DuckDbOptions { Path = path }).OrThrow())
        {
            using var connection = database.Connect();
            connection.Execute("CREATE TABLE t AS SELECT 42 AS v").OrThrow();
        }

        using var again = DuckDbDatabase.Open(new DuckDbOptions { Path = path, ReadOnly = true }).OrThrow();
        using var reader = again.Connect();
        Assert.Equal(42, ((NumericColumn)reader.Query("SELECT v FROM t").OrThrow()["v"]).Values[0]);
        AssertInvalid(reader.Execute("DELETE FROM t"), "read-only");
    }

    [Fact]
    public void Open_FileThatIsNoDatabase_IsInvalidAndNamesIt()
    {
        var path = Path.Combine(_folder, "text.duckdb");
        File.WriteAllText(path, new string('x', 20_000));
        AssertInvalid(DuckDbDatabase.Open(new DuckDbOptions { Path = path }), "text.duckdb");
    }

    [Fact]
    public void Open_WrongSetting_NamesIt() =>
        AssertInvalid(DuckDbDatabase.Open(new DuckDbOptions { MemoryLimit = "much" }), "memory_limit");

    [Fact]
    public void OnlyFolders_ShutsEverythingElse()
    {
        var inside = Directory.CreateDirectory(Path.Combine(_folder, "in")).FullName;
        File.WriteAllText(Path.Combine(inside, "a.csv"), "x\n1\n");
        File.WriteAllText(Path.Combine(_folder, "b.csv"), "x\n1\n");
        using var database = DuckDbDatabase.Open(new DuckDbOptions { OnlyFolders = [inside] }).OrThrow();
        using var connection = database.Connect();

        Assert.True(connection.Query("SELECT * FROM read_csv(?)", [Path.Combine(inside, "a.csv")]).Succeeded);
        AssertInvalid(connection.Query("SELECT * FROM read_csv(?)", [Path.Combine(_folder, "b.csv")]), "disabled by configuration");
        AssertInvalid(connection.Query("SELECT * FROM read_csv(?)", [Path.Combine(inside, "../b.csv")]), "disabled by configuration");
        AssertInvalid(connection.Execute("SET enable_external_access = true"), "external");
        AssertInvalid(connection.Execute("SET memory_limit = '1TB'"), "locked");
    }

    [Fact]
    public void MemoryLimit_WhenExceeded_IsExhausted()
    {
        using var database = DuckDbDatabase.Open(new DuckDbOptions { MemoryLimit = "20MB", Threads = 1, OnlyFolders = [] }).OrThrow();
        using var connection = database.Connect();
        var result = connection.Query("SELECT list(i)::VARCHAR AS v FROM range(20000000) r(i)");
        Assert.Equal(ProblemCode.Exhausted, result.Problem?.Code);
    }

    [Fact]
    public void Names_AndLiterals_AreQuoted()
    {
        Assert.Equal("\"a\"\"b\"", DuckDbText.Name("a\"b"));
        Assert.Equal("'it''s'", DuckDbText.Literal("it's"));
    }

    private Column One(string sql) => Query(sql)["v"];

    private Frame Query(string sql) => _connection.Query(sql).OrThrow();

    private static void AssertInvalid<T>(Result<T> result, string text)
    {
        Assert.False(result.Succeeded);
        Assert.Equal(ProblemCode.Invalid, result.Problem!.Code);
        Assert.Contains(text, result.Problem.Message);
    }
}
