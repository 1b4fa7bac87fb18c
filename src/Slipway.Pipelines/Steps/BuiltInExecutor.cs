using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Steps;

/// <summary>
/// Runs components of modules in the server itself. Two ways to say what one gets: its inputs are the task's parameters, and the members that it answers are
/// the outputs; or, for a Pipeline resource's step, a template (<c>args: ["--with", JSON]</c>) that is filled in from the run's parameters and the outputs
/// of the steps it needs, and everything that it answers is the one output <c>outputs</c>.
/// </summary>
internal sealed partial class BuiltInExecutor(ComponentCatalog components, ILogger<BuiltInExecutor> logger) : IStepExecutor
{
    public bool Takes(StepAttempt attempt) => attempt.Executor is ExecutorSpec.Container { Spec.Image: WellKnownImages.Component };

    public async Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation)
    {
        var spec = ((ExecutorSpec.Container)attempt.Executor).Spec;
        var name = spec.Command.Count > 0 ? spec.Command[0] : "";
        if (!components.Has(name))
        {
            return new StepOutcome.Failed(TaskCause.Step, components.Unknown(name));
        }

        var templated = StepTemplate.Of(spec);
        var inputs = new JsonObject(attempt.Inputs.Parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        if (templated is not null)
        {
            if (!templated.Fill(inputs, attempt.Run.Id).TryGet(out var filled, out var problem))
            {
                return new StepOutcome.Failed(TaskCause.Values, problem.Message);
            }

            if (filled is null)
            {
                return new StepOutcome.Skipped();
            }

            inputs = filled;
        }

        return Judge(await RunAsync(attempt, name, inputs, cancellation), attempt.Component, templated is not null);
    }

    private async Task<Result<JsonObject>> RunAsync(StepAttempt attempt, string name, JsonObject inputs, CancellationToken cancellation)
    {
        try
        {
            var context = new ComponentContext(
                attempt.Run.Namespace, attempt.Run.Id, StepName(attempt), (int)attempt.Attempt, AsRead(inputs), line => LogStepSays(attempt.Run.Id, attempt.Path, line));
            var outcome = await components[name].RunAsync(context, cancellation);

            // Here, where what cannot be written as JSON (a NaN) fails the step rather than its end.
            return outcome.Select(AsRead);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            // Not ours: something that the component waited for took too long, such as an HTTP call.
            return new Problem(ProblemCode.DeadlineExceeded, $"component {name} gave up waiting: {exception.Message}");
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not OutOfMemoryException)
        {
            LogComponentThrew(exception, name);
            return new Problem(ProblemCode.Internal, $"component {name} failed unexpectedly: {exception.Message}");
        }
    }

    private static StepOutcome Judge(Result<JsonObject> result, ComponentSpec component, bool templated)
    {
        if (!result.TryGet(out var outputs, out var problem))
        {
            var passing = problem.Code is ProblemCode.Unavailable or ProblemCode.Exhausted or ProblemCode.Conflict or ProblemCode.DeadlineExceeded;
            return new StepOutcome.Failed(TaskCause.Step, problem.Message, passing);
        }

        if (templated)
        {
            return new StepOutcome.Succeeded(TaskValues.Of(new Dictionary<string, JsonNode?> { [StepTemplate.OutputName] = outputs }));
        }

        var missing = component.Outputs.Parameters.Keys.FirstOrDefault(k => !outputs.ContainsKey(k));
        return missing is null
            ? new StepOutcome.Succeeded(TaskValues.Of(component.Outputs.Parameters.Keys.ToDictionary(k => k, k => outputs[k]?.DeepClone())))
            : new StepOutcome.Failed(TaskCause.Values, $"it has no output '{missing}'; it has: {string.Join(", ", outputs.Select(p => p.Key))}");
    }

    // Values set in code answer to their own type only; those read from JSON to whichever one asks for.
    private static JsonObject AsRead(JsonObject values) => (JsonObject)JsonNode.Parse(values.ToJsonString())!;

    // Part of idempotency keys, so iterations of a loop need names of their own.
    private static string StepName(StepAttempt attempt) => attempt.Path.StartsWith("root/", StringComparison.Ordinal) ? attempt.Path[5..] : attempt.Path;

    [LoggerMessage(LogLevel.Error, "Component {Component} threw")]
    private partial void LogComponentThrew(Exception exception, string component);

    [LoggerMessage(LogLevel.Debug, "Run {Run}, task {Path}: {Line}")]
    private partial void LogStepSays(string run, string path, string line);
}
