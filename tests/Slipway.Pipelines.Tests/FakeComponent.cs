using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Tests;

/// <summary>A component that does what the test says and remembers what it was called with.</summary>
internal sealed class FakeComponent(string name, Func<ComponentContext, CancellationToken, Task<Result<JsonObject>>> run) : IPipelineComponent
{
    public string Name => name;

    public ConcurrentQueue<ComponentContext> Calls { get; } = new();

    public static FakeComponent Returning(string name, Func<ComponentContext, Result<JsonObject>> run) => new(name, (context, _) => Task.FromResult(run(context)));

    /// <summary>Its outputs are its inputs and the step's name.</summary>
    public static FakeComponent Echo() => Returning("test/echo", context =>
    {
        var outputs = (JsonObject)context.Inputs.DeepClone();
        outputs["step"] = context.Step;
        return outputs;
    });

    public Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        Calls.Enqueue(context);
        return run(context, cancellation);
    }
}
