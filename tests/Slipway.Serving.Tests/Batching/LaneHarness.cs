using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Statistics;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Tests.Batching;

/// <summary>A lane over one model, with a clock that stands.</summary>
internal sealed class LaneHarness : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public LaneHarness(IServedModel model, RunPolicy? policy = null, LaneBounds? bounds = null, TimeProvider? time = null)
    {
        Shared = new SharedModel(model, new OutputRoles(0, -1, false, []));
        Lane = new Lane(
            Shared, Statistics, new LaneMetrics(new LaneInstruments(_services.GetRequiredService<IMeterFactory>()), []), bounds ?? new LaneBounds(1000, 1 << 30), new ThreadReserve(), time ?? Clock);
        Lane.Use(policy ?? RunPolicy.Default);
    }

    public SharedModel Shared { get; }

    public Lane Lane { get; }

    public ModelStatistics Statistics { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public static RunPolicy Batches(int rows, TimeSpan delay = default, int[]? preferred = null, TimeSpan? timeout = null, int concurrency = 0, int? queue = null) =>
        new(new BatchPolicy(rows, delay, preferred ?? [], timeout), concurrency, queue, null, null);

    /// <summary>Rows of one number each.</summary>
    public static InferenceRequest Request(params float[] x) => Request([x.Length, 1], x);

    public static InferenceRequest Request(long[] shape, float[] x)
    {
        var buffer = OnnxBuffer.Rent(x.Length * sizeof(float));
        x.CopyTo(buffer.As<float>());
        var request = new InferenceRequest { BodyBytes = x.Length * sizeof(float) };
        request.Inputs.Add(new InputTensor("x", OnnxType.FP32, shape, buffer, null, x.Length));
        return request;
    }

    /// <summary>As the server does it: acquires, runs, lets go of the request when its own task ends and not before.</summary>
    public async Task<Answer> AskAsync(InferenceRequest request, RunLimits limits = default, int[]? outputs = null, CancellationToken cancellation = default)
    {
        Assert.True(Shared.TryAcquire());
        try
        {
            var ran = await Lane.RunAsync(request, outputs, limits, cancellation);
            if (!ran.Outputs.TryGet(out var made, out var problem))
            {
                return new Answer([], 0, 0, problem, ran);
            }

            using (made)
            {
                return new Answer(made.Values<float>(0).ToArray(), made.Count > 1 ? made.Values<float>(1)[0] : 0, (int)made.Shape(0)[0], null, ran);
            }
        }
        finally
        {
            Shared.Release();
            request.Dispose();
        }
    }

    public Task<Answer> AskAsync(params float[] x) => AskAsync(Request(x));

    public void Dispose() => _services.Dispose();
}

internal sealed record Answer(float[] Y, float Total, int Rows, Problem? Problem, Ran Ran);
