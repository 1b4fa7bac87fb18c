using Slipway.Conformance;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Serving.Feedback;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Tests.Predictions;

public sealed class CallCountOnSqliteTests() : CallCountTests(DatabaseEngine.Sqlite);

public sealed class CallCountOnPostgreSqlTests() : CallCountTests(DatabaseEngine.PostgreSql);

public abstract class CallCountTests(DatabaseEngine engine)
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task AnswersToCallers_AreCountedByServiceVersionAndDay()
    {
        await using var floor = await TestFloor.CreateAsync(engine, modules: new ModuleMigrations("serving", typeof(ServingModule).Assembly));
        (await new PredictionStore(floor.Database).AppendAsync(
            [
                Row("a", "live", 1, -1), Row("b", "live", 1, 0), Row("c", "live", 1, 86_399_999_999), Row("d", "live", 2, 5), Row("e", "live", 1, 86_400_000_000), Row("f", "other", 1, 5),
                Row("g", "live", 1, 5, served: 0), Row("h", "live", 1, 5) with { PredictionNumber = null, Error = "it failed" }, Row("i", "live", 1, 5) with { Namespace = "elsewhere" },
            ],
            default)).OrThrow();
        ICallCounts counts = new CallCountStore(floor.Database);

        var calls = await counts.ByDayAsync("default", ["live"], Midnight, default);

        Assert.Equal(
            [new CallsOfDay("live", 1, new DateOnly(2026, 11, 20), 2), new("live", 2, new DateOnly(2026, 11, 20), 1), new("live", 1, new DateOnly(2026, 11, 21), 1)], calls);
        Assert.Empty(await counts.ByDayAsync("default", [], Midnight, default));
    }

    private static PredictionRow Row(string id, string service, int version, long micros, int served = 1) => new()
    {
        Namespace = "default", Service = service, Id = id, ModelVersion = version, EventTime = Micros.Of(Midnight) + micros, Served = served, PredictionNumber = 1, LatencyMicros = 1,
    };
}
