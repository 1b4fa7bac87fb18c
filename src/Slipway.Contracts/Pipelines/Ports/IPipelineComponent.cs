using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Pipelines.Ports;

/// <summary>What a built-in step gets to work with.</summary>
/// <param name="Inputs">The step's <c>with:</c> after placeholders were filled in, checked by the component itself.</param>
/// <param name="RunId">The pipeline run: the same on every attempt, so it can be part of idempotency keys.</param>
/// <param name="Step">The step's name within the run.</param>
public sealed record ComponentContext(string Namespace, string RunId, string Step, int Attempt, JsonObject Inputs, Action<string> Log);

/// <summary>
/// A step that is built in: <c>uses: slipway/NAME</c>. It may run more than once (a crash, a retry), so whatever it writes it writes idempotently,
/// keyed by run and step. Its outputs are small JSON values; big things go to the object store and are passed by digest.
/// </summary>
public interface IPipelineComponent
{
    string Name { get; }

    Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation);
}
