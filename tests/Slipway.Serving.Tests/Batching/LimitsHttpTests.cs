using System.Net;
using System.Text.Json.Nodes;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Deadlines, hang-ups and overload, as callers of the real server see them. A turn of the model's loop takes about a microsecond.</summary>
public sealed class LimitsHttpTests
{
    private const long Forever = 1_000_000_000_000;

    private const string OneAtATime = """{"containerConcurrency":1}""";

    [Fact]
    public async Task ACallerWhoHangsUp_EndsTheRunItself_SoThatTheNextOneIsAnswered()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow, OneAtATime);
        using var caller = new CancellationTokenSource();
        var hangsUp = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever), caller.Token);
        await host.Lane("slow").UntilAsync(running: 1, queued: 0);
        using var leaver = new CancellationTokenSource();
        var leaves = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever), leaver.Token);
        await host.Lane("slow").UntilAsync(running: 1, queued: 1);
        var next = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1));
        await host.Lane("slow").UntilAsync(running: 1, queued: 2);

        await leaver.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        await host.Lane("slow").UntilAsync(running: 1, queued: 1);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hangsUp);

        Assert.Equal(HttpStatusCode.OK, (await next).StatusCode);
        await host.Lane("slow").UntilAsync(running: 0, queued: 0);
    }

    [Fact]
    public async Task AGrpcDeadline_EndsTheRun_AndIsSaidAsSuch()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow, OneAtATime);

        var late = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", Message(Forever), ModelInferResponse.Parser, ("grpc-timeout", "200m"));
        var next = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", Message(1), ModelInferResponse.Parser);

        Assert.Equal(4, late.Status);
        Assert.Equal(0, next.Status);
    }

    [Fact]
    public async Task TheServicesTimeout_EndsTheRun_With504()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow, """{"timeout":1}""");

        using var late = await host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever));
        var overGrpc = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", Message(Forever), ModelInferResponse.Parser);

        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        Assert.Contains("time that the request may take", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(4, overGrpc.Status);
        await host.Lane("slow").UntilAsync(running: 0, queued: 0);
        Assert.Equal(2, (long)(await host.JsonAsync("/v2/models/slow/stats"))["model_stats"]![0]!["inference_stats"]!["fail"]!["count"]!);
    }

    [Fact]
    public async Task Overload_ShedsWith429AndRetryAfter_OverGrpcAsResourceExhausted_AndWhoIsInsideIsAnswered()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow, OneAtATime, """{"slipway.dev/queue-limit":"1"}""");
        using var caller = new CancellationTokenSource();
        var runs = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever), caller.Token);
        await host.Lane("slow").UntilAsync(running: 1, queued: 0);
        var waits = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1));
        await host.Lane("slow").UntilAsync(running: 1, queued: 1);

        using var shed = await host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1));
        using var shedV1 = await host.Http.PostAsync("/v1/models/slow:predict", ServiceHarness.Json("""{"inputs":{"turns":[1],"x":[[1]]}}"""));
        using var shedMlflow = await host.Http.PostAsync("/serve/slow/invocations", ServiceHarness.Json("""{"inputs":{"turns":[1],"x":[[1]]}}"""));
        var shedGrpc = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", Message(1), ModelInferResponse.Parser);
        await caller.CancelAsync();

        Assert.Equal([429, 429, 429], new[] { shed, shedV1, shedMlflow }.Select(r => (int)r.StatusCode));
        Assert.All(new[] { shed, shedV1, shedMlflow }, r => Assert.True(r.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1)));
        Assert.Equal(8, shedGrpc.Status);
        Assert.Equal(HttpStatusCode.OK, (await waits).StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runs);

        // Turned away is not failed.
        Assert.Equal(0, (long)(await host.JsonAsync("/v2/models/slow/stats"))["model_stats"]![0]!["inference_stats"]!["fail"]!["count"]!);
    }

    [Fact]
    public async Task TheRequestParameterTimeout_IsItsTimeInTheQueue_Answered503()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow, OneAtATime);
        using var caller = new CancellationTokenSource();
        var runs = host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever), caller.Token);
        await host.Lane("slow").UntilAsync(running: 1, queued: 0);

        using var hasty = await host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1, """{"timeout":20000}"""));
        using var wrong = await host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1, """{"timeout":-1}"""));
        using var wrongToo = await host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(1, """{"priority":true}"""));
        await caller.CancelAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, hasty.StatusCode);
        Assert.NotNull(hasty.Headers.RetryAfter);
        Assert.Equal([400, 400], new[] { wrong, wrongToo }.Select(r => (int)r.StatusCode));
        Assert.Contains("parameters.priority", await wrongToo.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runs);
    }

    [Fact]
    public async Task AHeavyModel_DoesNotKeepAnotherFromAnswering()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("slow", Models.Slow);
        await host.ServeAsync("quick", Models.BatchMean);
        using var callers = new CancellationTokenSource();
        var heavy = Enumerable.Range(0, 64).Select(_ => host.Http.PostAsync("/v2/models/slow/infer", ServiceHarness.Turns(Forever), callers.Token)).ToArray();
        await host.Lane("slow").UntilAsync(Environment.ProcessorCount, 64 - Environment.ProcessorCount);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, (float)(await host.AnswerAsync("quick", null, i))["outputs"]![1]!["data"]![0]!);
        }

        await callers.CancelAsync();
        Assert.All(await Task.WhenAll(heavy.Select(h => h.ContinueWith(t => t.IsCanceled, TaskScheduler.Default))), Assert.True);
        await host.Lane("slow").UntilAsync(running: 0, queued: 0);
    }

    private static ModelInferRequest Message(long turns) => new()
    {
        ModelName = "slow",
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor { Name = "turns", Datatype = "INT64", Shape = { 1 }, Contents = new InferTensorContents { Int64Contents = { turns } } },
            new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { 7 } } },
        },
    };
}
