using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Dispatch;
using Slipway.Pipelines.Runs;

namespace Slipway.Pipelines.Workers;

/// <summary>
/// Claims ready steps and runs them, a few at a time. A claim is a lease that is renewed while the component works; a server that dies loses it,
/// and the step is given to the next. The attempt number is the fencing token, so a late answer of a lost attempt is refused by the store.
/// </summary>
internal sealed partial class StepDispatcher(
    RunStore store, ComponentCatalog components, DispatchSignal signal, PipelinesMetrics metrics, PipelinesOptions options, TimeProvider time,
    ILogger<StepDispatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly string _owner = Id.New(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.GiveBackLostAsync(_owner, stoppingToken);
        await Task.WhenAll(Enumerable.Range(0, options.ParallelSteps).Select(_ => WorkAsync(stoppingToken)));
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await store.ClaimAsync(_owner, Lease, stopping) is { } step)
                {
                    // Another worker may take a sibling of this step meanwhile.
                    signal.Raise();
                    await RunAsync(step, stopping);
                    signal.Raise();
                }
                else
                {
                    await signal.WaitAsync(Poll, time, stopping);
                    await store.GiveBackLostAsync(_owner, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The database may be away for a moment (a full disk, a restart of PostgreSQL): keep going, the claim's lease covers the step.
                LogDispatchFailed(exception);
                await signal.WaitAsync(Poll, time, stopping);
            }
        }
    }

    private async Task RunAsync(ClaimedStep step, CancellationToken stopping)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var keeping = KeepAsync(step, attempt);
        var started = Stopwatch.GetTimestamp();
        Result<JsonObject?> result;
        try
        {
            result = await ExecuteAsync(step, attempt.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The claim was lost while the component worked: the step belongs to another attempt, and this one has nothing to say.
            metrics.OnStepEnded(step.Step.Uses, "fenced", Stopwatch.GetElapsedTime(started));
            return;
        }
        finally
        {
            await attempt.CancelAsync();
            await keeping;
        }

        stopping.ThrowIfCancellationRequested();
        var (happened, outputs, error) = Judge(step, result);
        if (happened is StepEvent.GiveBack or StepEvent.Fail)
        {
            LogStepFailed(step.Run.Id, step.Step.Name, step.Attempt, error!);
        }

        var ended = await store.EndStepAsync(step, happened, outputs, error, RetryDelay(step.Attempt), stopping);
        metrics.OnStepEnded(step.Step.Uses, ended.Succeeded ? happened.ToString().ToLowerInvariant() : "fenced", Stopwatch.GetElapsedTime(started));
        if (ended.Succeeded && ended.Value is { } finalState)
        {
            metrics.OnRunFinished(step.Run.Pipeline, finalState.ToString().ToLowerInvariant());
        }
    }

    /// <summary>Null outputs mean that the step's condition was false.</summary>
    private async Task<Result<JsonObject?>> ExecuteAsync(ClaimedStep step, CancellationToken cancellation)
    {
        var parameters = (JsonObject)JsonNode.Parse(step.Run.Parameters)!;
        if (step.Step.If is { } condition)
        {
            if (!Placeholders.Resolve(JsonValue.Create(condition), parameters, step.Run.Id, step.Outputs).TryGet(out var value, out var problem))
            {
                return problem;
            }

            if (!Placeholders.IsTruthy(value))
            {
                return (JsonObject?)null;
            }
        }

        if (!Placeholders.Resolve(step.Step.With, parameters, step.Run.Id, step.Outputs).TryGet(out var inputs, out var unresolved))
        {
            return unresolved;
        }

        try
        {
            var context = new ComponentContext(
                step.Run.Namespace, step.Run.Id, step.Step.Name, (int)step.Attempt, (JsonObject)inputs!, line => LogStepSays(step.Run.Id, step.Step.Name, line));
            var outcome = await components[step.Step.Uses].RunAsync(context, cancellation);

            // Here, where what cannot be written as JSON (a NaN) fails the step rather than its end.
            return outcome.Select(o => (JsonObject?)JsonNode.Parse(o.ToJsonString()));
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            // Not ours: something that the component waited for took too long, such as an HTTP call.
            return new Problem(ProblemCode.DeadlineExceeded, $"component {step.Step.Uses} gave up waiting: {exception.Message}");
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not OutOfMemoryException)
        {
            LogComponentThrew(exception, step.Step.Uses);
            return new Problem(ProblemCode.Internal, $"component {step.Step.Uses} failed unexpectedly: {exception.Message}");
        }
    }

    private (StepEvent Happened, JsonObject? Outputs, string? Error) Judge(ClaimedStep step, Result<JsonObject?> result)
    {
        if (result.TryGet(out var outputs, out var problem))
        {
            return outputs is null ? (StepEvent.Skip, null, null) : (StepEvent.Succeed, outputs, null);
        }

        var passing = problem.Code is ProblemCode.Unavailable or ProblemCode.Exhausted or ProblemCode.Conflict or ProblemCode.DeadlineExceeded;
        return (passing && step.Attempt < options.MaxAttempts ? StepEvent.GiveBack : StepEvent.Fail, null, problem.Message);
    }

    private async Task KeepAsync(ClaimedStep step, CancellationTokenSource attempt)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Lease / 3, time, attempt.Token);
                if (!await IsKeptAsync(step, attempt.Token))
                {
                    await attempt.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> IsKeptAsync(ClaimedStep step, CancellationToken cancellation)
    {
        try
        {
            return await store.KeepAsync(step, Lease, cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not OutOfMemoryException)
        {
            // The database is away: there are two more tries before the claim runs out, and work that is nearly done is not thrown away.
            LogDispatchFailed(exception);
            return true;
        }
    }

    private static TimeSpan RetryDelay(long attempt) => TimeSpan.FromMilliseconds(Math.Min(30_000, 200 * Math.Pow(2, attempt - 1)));

    [LoggerMessage(LogLevel.Error, "Dispatching pipeline steps failed; trying again")]
    private partial void LogDispatchFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "Component {Component} threw")]
    private partial void LogComponentThrew(Exception exception, string component);

    [LoggerMessage(LogLevel.Warning, "Run {Run}, step {Step}, attempt {Attempt}: {Error}")]
    private partial void LogStepFailed(string run, string step, long attempt, string error);

    [LoggerMessage(LogLevel.Debug, "Run {Run}, step {Step}: {Line}")]
    private partial void LogStepSays(string run, string step, string line);
}
