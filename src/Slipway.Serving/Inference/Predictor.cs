using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Serving.Payloads;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>
/// Answers a request on the revision that the route chooses. A canary that fails is not the caller's trouble: the stable revision answers, and the
/// failure is counted and logged against the canary.
/// </summary>
internal sealed class Predictor(RouteTable routes, PredictionLogWriter log, PayloadLog payloads, MirrorQueue mirror, ServingMetrics metrics, TimeProvider time)
{
    /// <summary>
    /// Answers a request and takes it over, also when it fails. NotFound for a version that is not loaded, Invalid for inputs that do not fit.
    /// </summary>
    public async ValueTask<Result<Answered>> AnswerAsync(ServiceRoute route, InferenceRequest request, CallContext call, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var id = request.Id ?? Id.New(time);
        var keeps = route.KeepsPayload(id);
        var exchange = new Exchange(route.Namespace, route.Name, request, id, request.EventTime ?? now, route.Logs(id))
        {
            KeepsPayload = keeps, Caller = keeps ? CallIdentity.Current : "", Protocol = call.Protocol, Arrived = now,
        };
        if (call.Trace is { } trace)
        {
            trace.PredictionId = id;
        }

        var answered = false;
        try
        {
            if (!(await PredictAsync(route, exchange, call, cancellation)).TryGet(out var answer, out var problem))
            {
                return problem;
            }

            answered = true;
            if (call.Trace is { } told)
            {
                told.Answered = (answer.Revision.Revision.Name, answer.Revision.VersionText, answer.Revision != route.Stable);
            }

            return new Answered(exchange, answer);
        }
        finally
        {
            if (!answered)
            {
                exchange.Release();
            }
        }
    }

    private async ValueTask<Result<ModelAnswer>> PredictAsync(ServiceRoute route, Exchange exchange, CallContext call, CancellationToken cancellation)
    {
        if (!TryAcquire(ref route, exchange.PredictionId, call.Version).TryGet(out var chosen, out var problem))
        {
            return problem;
        }

        var (answer, failure) = await RunAsync(chosen, exchange, cancellation);
        if (failure is null)
        {
            return Answered(route, exchange, answer);
        }

        if (call.Version is null && chosen != route.Stable && TryAcquire(ref route, null, null).TryGet(out var stable, out _))
        {
            return await FallBackAsync(route, exchange, answer, failure, stable, cancellation);
        }

        // Invalid is said of the inputs, so it is the caller's fault and not the model's.
        if (failure.Code != ProblemCode.Invalid)
        {
            Failed(exchange, answer);
        }

        answer.Release();
        return failure;
    }

    /// <summary>Runs one revision that has been acquired, and releases it.</summary>
    internal async ValueTask<(ModelAnswer Answer, Problem? Failure)> RunAsync(LoadedRevision revision, Exchange exchange, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        Result<TensorSet> outputs;
        try
        {
            var wanted = OutputsOf(revision, exchange.Request.Outputs);
            outputs = wanted.TryGet(out var places, out var unknown) ? await revision.Model.Model.RunAsync(exchange.Request, places, cancellation) : unknown;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A fault of the engine on one revision must neither take the process along nor keep another revision from answering.
            outputs = new Problem(ProblemCode.Internal, $"The model failed: {e.Message}");
        }
        finally
        {
            revision.Model.Release();
        }

        var took = time.GetElapsedTime(started);
        revision.Statistics.OnExecuted(exchange.Request.Rows, took);
        return outputs.TryGet(out var made, out var problem)
            ? (new ModelAnswer(revision, made, null, took), null)
            : (new ModelAnswer(revision, null, problem.Message, took), problem);
    }

    private async ValueTask<Result<ModelAnswer>> FallBackAsync(
        ServiceRoute route, Exchange exchange, ModelAnswer canary, Problem canaryFailure, LoadedRevision stable, CancellationToken cancellation)
    {
        var (answer, failure) = await RunAsync(stable, exchange, cancellation);

        // When both refuse the inputs, the inputs are wrong and the canary is not to blame.
        if (failure is null || canaryFailure.Code != ProblemCode.Invalid)
        {
            metrics.OnFallback(canary.Revision);
            Failed(exchange, canary);
        }

        canary.Release();
        if (failure is null)
        {
            return Answered(route, exchange, answer);
        }

        if (failure.Code != ProblemCode.Invalid)
        {
            Failed(exchange, answer);
        }

        answer.Release();
        return failure;
    }

    private ModelAnswer Answered(ServiceRoute route, Exchange exchange, ModelAnswer answer)
    {
        var rows = exchange.Request.Rows;
        metrics.OnAnswered(answer.Revision, rows, answer.Took);
        answer.Revision.Statistics.OnAnswered(rows, time.GetUtcNow(), TimeSpan.Zero, answer.Took);

        // Before the answer leaves: who has it may ask what the log holds and must find it counted.
        log.TryAdd(exchange, answer, served: true);
        payloads.TryAdd(exchange, answer, served: true);
        if (route.Mirrors)
        {
            mirror.TryAdd(route, exchange, answer.Revision);
        }

        return answer;
    }

    private void Failed(Exchange exchange, ModelAnswer answer)
    {
        metrics.OnFailed(answer.Revision);
        answer.Revision.Statistics.Fail.Add(answer.Took);
        log.TryAdd(exchange, answer, served: false);
        payloads.TryAdd(exchange, answer, served: false);
    }

    /// <summary>
    /// Chooses and acquires. A revision found retired was so after a newer route was put in, so looking again ends: the loop only goes on while
    /// the route changes.
    /// </summary>
    private Result<LoadedRevision> TryAcquire(ref ServiceRoute route, string? predictionId, string? version)
    {
        while (true)
        {
            var chosen = version is not null ? route.OfVersion(version) : predictionId is null ? route.Stable : route.Choose(predictionId);
            if (chosen is null)
            {
                return version is not null
                    ? Problem.NotFound($"Version '{version}' of model '{route.Name}'")
                    : Problem.Unavailable($"Model '{route.Name}' is not ready: no revision of it could be loaded yet", TimeSpan.FromSeconds(1));
            }

            if (chosen.Model.TryAcquire())
            {
                return chosen;
            }

            var newer = routes.Find(route.Namespace, route.Name);
            if (newer is null || newer == route)
            {
                return newer is null ? Problem.NotFound($"Model '{route.Name}'") : Problem.Unavailable($"Model '{route.Name}' is being unloaded");
            }

            route = newer;
        }
    }

    /// <summary>
    /// Places of the outputs asked for, followed by those that the log needs; empty means all. The first ones alone are answered.
    /// </summary>
    private static Result<int[]> OutputsOf(LoadedRevision revision, List<WantedOutput>? asked)
    {
        if (asked is null)
        {
            return Array.Empty<int>();
        }

        var declared = revision.Model.Model.Outputs;
        var places = new List<int>(asked.Count + 2);
        foreach (var (name, _, classes) in asked)
        {
            var place = 0;
            while (place < declared.Count && declared[place].Name != name)
            {
                place++;
            }

            if (place == declared.Count || places.Contains(place))
            {
                return Problem.Invalid(place == declared.Count
                    ? $"outputs: '{name}' is not an output of the model; it has {string.Join(", ", declared.Select(d => d.Name))}"
                    : $"outputs: '{name}' is asked for twice");
            }

            if (classes > 0 && Classification.Refuse(declared[place]) is { } refused)
            {
                return refused;
            }

            places.Add(place);
        }

        var roles = revision.Model.Roles;
        foreach (var place in new[] { roles.Prediction, roles.Probabilities })
        {
            if (place >= 0 && !places.Contains(place))
            {
                places.Add(place);
            }
        }

        return places.ToArray();
    }
}
