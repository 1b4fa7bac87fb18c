using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Slipway.Conformance;

namespace Slipway.Server.Tests.Audit;

public class AuditTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), 'green', 'brown') AS BLOB) WHERE sequence = @broken")]
    [InlineData("UPDATE events SET actor = 'somebody else' WHERE sequence = @broken")]
    [InlineData("UPDATE events SET time = time + 1 WHERE sequence = @broken")]
    [InlineData("DELETE FROM events WHERE sequence = @broken")]
    [InlineData("UPDATE events SET hash = CASE WHEN hash LIKE 'f%' THEN '0' ELSE 'f' END || substr(hash, 2) WHERE sequence = @broken")]
    [InlineData("DELETE FROM events WHERE sequence >= @broken")]
    public async Task RowChangedWhileTheServerWasDown_IsFoundByItsNumber(string tampering)
    {
        using var folder = new TempFolder();
        long broken;
        await using (var server = await TestServer.StartAsync(folder))
        {
            for (var i = 0; i < 3; i++)
            {
                await server.PostAsync(ConfigMaps, ConfigMap($"c{i}", "green"), HttpStatusCode.Created);
            }

            var verified = await server.JsonAsync("/api/slipway/v1/audit/verify");
            Assert.True((bool)verified["intact"]!);
            Assert.Null(verified["firstBroken"]);
            var events = (await server.JsonAsync("/api/slipway/v1/events?type=resource.added&limit=1000"))["items"]!.AsArray();
            broken = (long)events.Single(e => (string?)e!["payload"]!["metadata"]!["name"] == "c1")!["sequence"]!;
            Assert.InRange((long)verified["events"]!, broken + 1, long.MaxValue);
        }

        Assert.InRange(await TamperAsync(folder, tampering, broken), 1, 100);

        await using var again = await TestServer.StartAsync(folder);
        var found = await again.JsonAsync("/api/slipway/v1/audit/verify");
        Assert.False((bool)found["intact"]!);
        Assert.Equal(broken, (long)found["firstBroken"]!);
        Assert.Contains($"broken at {broken}", (string?)found["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UntouchedLog_IsIntactAfterARestart()
    {
        using var folder = new TempFolder();
        await using (var server = await TestServer.StartAsync(folder))
        {
            await server.PostAsync(ConfigMaps, ConfigMap("c", "green"), HttpStatusCode.Created);
        }

        await using var again = await TestServer.StartAsync(folder);

        Assert.True((bool)(await again.JsonAsync("/api/slipway/v1/audit/verify"))["intact"]!);
    }

    private static string ConfigMap(string name, string color) => $$"""
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{name}}"}, "data": {"color": "{{color}}" } }
        """;

    private static async Task<int> TamperAsync(TempFolder folder, string sql, long broken)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = folder.File("slipway.db"), Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@broken", broken);
        return await command.ExecuteNonQueryAsync();
    }
}
