using Slipway.Engines.DuckDb;

namespace Slipway.Engines.Tests.DuckDb;

[Collection("memory")]
public sealed class DuckDbStressTests
{
    [Fact]
    public void Query_ManyTimes_MemoryStaysFlat()
    {
        using var database = DuckDbDatabase.Open(new DuckDbOptions { Threads = 1 }).OrThrow();
        using var connection = database.Connect();
        Memory.AssertFlat(4_000, i =>
        {
            connection.Query("SELECT ? + 1 AS n, 'a text that is longer than twelve bytes' AS t, 1.5::DECIMAL(4,1) AS d", [(long)i]).OrThrow();
            connection.Query("SELECT 'x'::INTEGER AS v");
            connection.Query("SELEC");
        });
    }

    [Fact]
    public void Open_AndDisposeManyTimes_MemoryStaysFlat() => Memory.AssertFlat(100, _ =>
    {
        using var database = DuckDbDatabase.Open(new DuckDbOptions { Threads = 1 }).OrThrow();
        using var connection = database.Connect();
        connection.Query("SELECT 1 AS v").OrThrow();
    });
}
