using System.Runtime.CompilerServices;
using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Database;

public class CrashTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    // xunit makes the program's entry point, so the second process branches off before it.
    [ModuleInitializer]
    internal static void TakeOverIfAsked() => CrashingWriter.TakeOverIfAsked();

    [Fact]
    public async Task KilledInTheMidstOfWrites_LosesNothingAcknowledged_AndTheChainHolds()
    {
        using var folder = new TempFolder();
        var acknowledged = new List<long>();
        for (var round = 0; round < 5; round++)
        {
            acknowledged.AddRange(await CrashingWriter.RunAndKillAsync(folder.FullPath, 1 + (round * 97)));
            await using var floor = await TestFloor.OpenAsync(new DatabaseUrl.Sqlite(folder.File("slipway.db")));
            var (notes, events) = await floor.Database.ReadAsync(
                async (s, _) => (await s.QueryAsync<long>("SELECT sequence FROM notes ORDER BY sequence"),
                    await s.QueryAsync<long>("SELECT sequence FROM events ORDER BY sequence")),
                None);
            Assert.Empty(acknowledged.Except(notes));
            Assert.Equal(events, notes);
            Assert.Equal(events.Count, (await floor.Events.VerifyAsync(None)).OrThrow());
        }

        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
    }
}
