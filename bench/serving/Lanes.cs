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
    public static void Print(double seconds)
    {
        using var model = new OnnxServedModel(OnnxModel.Load(Networks.Tabular()).OrThrow());
        var shared = new SharedModel(model, new OutputRoles(0, -1, false, []));
        var batched = RunPolicy.Default with { Batch = new BatchPolicy(32, TimeSpan.Zero, [], null) };
        var limited = RunPolicy.Default with { Concurrency = 4, QueueLimit = 100 };
        using var factory = new Meters();
        Console.WriteLine("| one row, one thread | ns | bytes |\n| --- | --- | --- |");
        Say("the model itself", Measure(seconds, (request, token) => Direct(model, request, token)));
        foreach (var (name, policy) in new[] { ("through a lane", RunPolicy.Default), ("with containerConcurrency", limited), ("with a batcher", batched) })
        {
            var lane = new Lane(
                shared, new ModelStatistics(), new LaneMetrics(new LaneInstruments(factory), []), new LaneBounds(4096, 1 << 29), new ThreadReserve(), TimeProvider.System);
            lane.Use(policy);
            Say(name, Measure(seconds, (request, token) => lane.RunAsync(request, default, default, token).GetAwaiter().GetResult().Outputs.OrThrow()));
        }
    }

    /// <summary>As it was before there were lanes: the run, timed and counted.</summary>
    private static TensorSet Direct(IServedModel model, InferenceRequest request, CancellationToken token)
    {
        var started = TimeProvider.System.GetTimestamp();
        var made = model.RunAsync(request, default, token).GetAwaiter().GetResult().OrThrow();
        Counted.OnExecuted(request.Rows, TimeProvider.System.GetElapsedTime(started));
        return made;
    }

    private static readonly ModelStatistics Counted = new();

    private static (double Nanoseconds, double Bytes) Measure(double seconds, Func<InferenceRequest, CancellationToken, TensorSet> run)
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
                run(request, caller.Token).Dispose();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Runs);
            bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Runs;
        }

        return (best, bytes);
    }

    private static void Say(string what, (double Nanoseconds, double Bytes) cost) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {cost.Nanoseconds:F0} | {cost.Bytes:F0} |"));

    private sealed class Meters : IMeterFactory
    {
        private readonly Meter _meter = new("bench");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }
}
