using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Conformance;
using Slipway.Serving.Feedback;
using Slipway.Serving.Inference;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Tests.Predictions;

public sealed class LogFlushTests
{
    [Fact]
    public async Task AFlush_WaitsForTheMirrorBeforeItWaitsForTheLog()
    {
        await using var floor = await TestFloor.CreateAsync();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new ServingMetrics(services.GetRequiredService<IMeterFactory>());
        var options = new ServingOptions();
        var mirror = new MirrorQueue(metrics, options);
        var log = new PredictionLogWriter(new PredictionStore(floor.Database), metrics, options, floor.Time, NullLogger<PredictionLogWriter>.Instance);
        await log.StartAsync(CancellationToken.None);

        var flush = new LogFlush(mirror, log).RunAsync(CancellationToken.None);
        (await log.FlushAsync(CancellationToken.None)).OrThrow();
        Assert.False(flush.IsCompleted);

        mirror.Done(await mirror.Reader.ReadAsync());
        (await flush).OrThrow();
        await log.StopAsync(CancellationToken.None);
        Assert.False((await log.FlushAsync(CancellationToken.None)).Succeeded);
    }
}
