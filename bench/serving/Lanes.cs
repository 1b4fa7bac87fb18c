using System.Diagnostics;
using System.Globalization;
using System.Diagnostics.Metrics;
using Slipway.Engines.Onnx;
using Slipway.Serving;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Runtimes.Onnx;
using Slipway.Serving.Statistics;
using Slipway.Serving.Tensors;

namespace Slipway.Bench.Serving;

/// <summary>What the way through a lane costs a request that finds room, beside the model's own run: time and memory per run, on one thread.</summary>
internal static class Lanes
{
    public static async Task PrintAsync(double seconds)
    {
        using var model = new OnnxServedModel(OnnxModel.Load(Networks.Tabular()).OrThrow());
        var shared = new SharedModel(model, new OutputRoles(0, -1, false, []));
        var batched = RunPolicy.Default with { Batch = new BatchPolicy(32, TimeSpan.Zero, [], null) };
        var limited = RunPolicy.Default with { Concurrency = 4, QueueLimit = 100 };
        using var factory = new Meters();
        var ways = new List<(string Name, Func<InferenceRequest, CancellationToken, ValueTask<TensorSet>> Run)>
        {
            ("the model itself", (request, token) => DirectAsync(model, request, token)),
        };
        foreach (var (name, policy) in new[] { ("through a lane", RunPolicy.Default), ("with containerConcurrency", limited), ("with a batcher", batched) })
        {
            var lane = new Lane(
                shared, new ModelStatistics(), new LaneMetrics(new LaneInstruments(factory), []), new LaneBounds(4096, 1 << 29), new ThreadReserve(), TimeProvider.System);
            lane.Use(policy);
            ways.Add((name, async (request, token) => (await lane.RunAsync(request, default, default, token)).Outputs.OrThrow()));
        }

        // In turn, the best of each: whatever else the machine does then falls on all of them alike.
        var best = ways.ToDictionary(w => w.Name, _ => (Nanoseconds: double.MaxValue, Bytes: double.MaxValue));
        for (var round = 0; round < 8; round++)
        {
            foreach (var (name, run) in ways)
            {
                var (nanoseconds, bytes) = await MeasureAsync(seconds / 4, run);
                best[name] = (Math.Min(best[name].Nanoseconds, nanoseconds), Math.Min(best[name].Bytes, bytes));
            }
        }

        Console.WriteLine("| one row, one thread | ns | bytes |\n| --- | --- | --- |");
        foreach (var (name, _) in ways)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {best[name].Nanoseconds:F0} | {best[name].Bytes:F0} |"));
        }
    }

    /// <summary>As it was before there were lanes: the run, timed and counted.</summary>
    private static async ValueTask<TensorSet> DirectAsync(IServedModel model, InferenceRequest request, CancellationToken token)
    {
        var started = TimeProvider.System.GetTimestamp();
        var made = (await model.RunAsync(request, default, token)).OrThrow();
        Counted.OnExecuted(request.Rows, TimeProvider.System.GetElapsedTime(started));
        return made;
    }

    private static readonly ModelStatistics Counted = new();

    private static async Task<(double Nanoseconds, double Bytes)> MeasureAsync(double seconds, Func<InferenceRequest, CancellationToken, ValueTask<TensorSet>> run)
    {
        using var request = new InferenceRequest();
        var buffer = OnnxBuffer.Rent(30 * sizeof(float));
        Requests.Values(30).CopyTo(buffer.As<float>());
        request.Inputs.Add(new InputTensor("x", OnnxType.FP32, [1, 30], buffer, null, 30));
        using var caller = new CancellationTokenSource();
        var best = double.MaxValue;
        var bytes = 0.0;
        const int Runs = 2000;
        for (var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency); Stopwatch.GetTimestamp() < until;)
        {
            var (started, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            for (var i = 0; i < Runs; i++)
            {
                (await run(request, caller.Token)).Dispose();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Runs);
            bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Runs;
        }

        return (best, bytes);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly Meter _meter = new("bench");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }
}
