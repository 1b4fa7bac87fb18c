using System.Diagnostics.Metrics;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Tests.Inference;

public sealed class SheddingTests
{
    [Fact]
    public async Task WhatTheQueuesCannotTake_IsCounted_AndEveryRequestIsStillAnswered()
    {
        await using var host = await ServingHost.StartAsync(null, ("Serving:LogQueue", "1"), ("Serving:MirrorQueue", "1"));
        var counted = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ServingMetrics.MeterName && instrument.Meter.Scope == (object)host.Get<IMeterFactory>())
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counted.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.ApplyAsync("housing", "models:/housing/1", [(0, "models:/housing/2")], mirror: "true");

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => host.AnswerAsync("housing", $"r{i}", i)));

        var summary = await host.SummaryAsync("housing");
        var (logShed, mirrorShed) = (counted.GetValueOrDefault("slipway_serving_log_shed"), counted.GetValueOrDefault("slipway_serving_mirror_shed"));
        Assert.Equal(2000, counted["nv_inference_request_success"]);
        Assert.True(logShed > 0, "a queue of one cannot have taken 2000 answers at once");
        Assert.Equal(4000 - mirrorShed - logShed, (long)summary["served"]! + (long)summary["mirrored"]!);
        Assert.Equal(2, counted["slipway_serving_model_loaded"]);
    }
}
