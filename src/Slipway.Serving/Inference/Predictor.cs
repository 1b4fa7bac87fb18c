using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;
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
            KeepsPayload = keeps, Caller = keeps ? CallIdentity.Caller : "", Protocol = call.Protocol, Arrived = now,
        };
        if (request.Routing is { } routing)
        {
            call = call with { Routing = routing };
        }

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
        if (!TryAcquire(ref route, exchange.PredictionId, call).TryGet(out var chosen, out var problem))
        {
            return problem;
        }

        var limits = LimitsOf(chosen, call);
        var (answer, failure) = await RunAsync(chosen, exchange, limits, cancellation);
        if (failure is null)
        {
            return Answered(route, exchange, answer, call);
        }

        // Past its deadline a request has no time for another revision either.
        if (failure.Code != ProblemCode.DeadlineExceeded && call.Version is null && chosen != route.Stable && TryAcquire(ref route, null, default).TryGet(out var stable, out _))
        {
            return await FallBackAsync(route, exchange, answer, failure, stable, limits, call, cancellation);
        }

        Told(route, exchange, answer, failure);
        return failure;
    }

    /// <summary>Runs one revision that has been acquired, and releases it; not in turn with callers' requests.</summary>
    internal ValueTask<(ModelAnswer Answer, Problem? Failure)> RunAsync(LoadedRevision revision, Exchange exchange, CancellationToken cancellation) =>
        RunAsync(revision, exchange, new RunLimits(0, Aside: true), cancellation);

    private static async ValueTask<(ModelAnswer Answer, Problem? Failure)> RunAsync(
        LoadedRevision revision, Exchange exchange, RunLimits limits, CancellationToken cancellation)
    {
        Ran ran;
        try
        {
            var wanted = OutputsOf(revision, exchange.Request.Outputs);
            ran = wanted.TryGet(out var places, out var unknown)
                ? await revision.Lane.RunAsync(exchange.Request, places, limits, cancellation)
                : new Ran(unknown, TimeSpan.Zero, TimeSpan.Zero);
        }
        finally
        {
            revision.Model.Release();
        }

        var took = ran.Queued + ran.Computed;
        return ran.Outputs.TryGet(out var made, out var problem)
            ? (new ModelAnswer(revision, made, null, took, ran.Queued, ran.By), null)
            : (new ModelAnswer(revision, null, problem.Message, took, ran.Queued, ran.By), problem);
    }

    /// <summary>The service's timeout counts from here, whatever revisions are tried.</summary>
    private RunLimits LimitsOf(LoadedRevision revision, CallContext call) => new(
        revision.Lane.Policy.Timeout is { } longest ? time.GetTimestamp() + (long)(longest.TotalSeconds * time.TimestampFrequency) : 0, call.Headers);

    /// <summary>Invalid is said of the inputs, so it is the caller's fault; a request that was turned away never reached the model.</summary>
    private static bool IsItsFault(ModelAnswer answer, Problem failure) => failure.Code != ProblemCode.Invalid && answer.By != RanBy.Refused;

    private async ValueTask<Result<ModelAnswer>> FallBackAsync(
        ServiceRoute route, Exchange exchange, ModelAnswer canary, Problem canaryFailure, LoadedRevision stable, RunLimits limits, CallContext call,
        CancellationToken cancellation)
    {
        var (answer, failure) = await RunAsync(stable, exchange, limits, cancellation);

        // When both refuse the inputs, the inputs are wrong and the canary is not to blame.
        if (canary.By != RanBy.Refused && (failure is null || canaryFailure.Code != ProblemCode.Invalid))
        {
            metrics.OnFallback(canary.Revision);
            Failed(route, exchange, canary);
        }

        canary.Release();
        if (failure is null)
        {
            return Answered(route, exchange, answer, call);
        }

        Told(route, exchange, answer, failure);
        return failure;
    }

    private ModelAnswer Answered(ServiceRoute route, Exchange exchange, ModelAnswer answer, in CallContext call)
    {
        if (route.HasChoice && call.Answer is { } headers)
        {
            Tell(route, exchange, answer.Revision, call.Headers, headers);
        }

        var rows = exchange.Request.Rows;
        var cached = answer.By == RanBy.Cache;
        metrics.OnAnswered(answer.Revision, cached ? 0 : rows, answer.Took);
        if (cached)
        {
            answer.Revision.Statistics.OnAnsweredFromCache(time.GetUtcNow(), answer.Took);
        }
        else
        {
            answer.Revision.Statistics.OnAnswered(rows, time.GetUtcNow(), answer.Queued, answer.Took - answer.Queued);
        }

        // Before the answer leaves: who has it may ask what the log holds and must find it counted.
        log.TryAdd(exchange, answer, served: true);
        payloads.TryAdd(exchange, answer, served: true);
        route.Trial?.Of(answer.Revision.Revision.Number).OnAnswered(answer.Took);
        if (route.Mirrors && TrafficSplit.IsSampled(exchange.PredictionId, route.MirrorPercent))
        {
            mirror.TryAdd(route, exchange, answer);
        }

        return answer;
    }

    /// <summary>Says which revision answered, and gives a caller that is to be kept by a cookie its cookie.</summary>
    private static void Tell(ServiceRoute route, Exchange exchange, LoadedRevision answered, IHeaderDictionary? asked, IHeaderDictionary headers)
    {
        headers[ServiceRoute.RevisionHeader] = answered.Name;
        headers[ServiceRoute.VersionHeader] = answered.VersionText;
        if (asked is not null && route.Callers?.CookieFor(asked, exchange.PredictionId) is { } cookie)
        {
            headers.Append("Set-Cookie", cookie);
        }
    }

    /// <summary>A failure that is the answer. A run that ended on the caller's inputs has failed in the statistics alone.</summary>
    private void Told(ServiceRoute route, Exchange exchange, ModelAnswer answer, Problem failure)
    {
        if (IsItsFault(answer, failure))
        {
            Failed(route, exchange, answer);
        }
        else if (answer.By == RanBy.Model && failure.Faults.Count == 0 && answer.Took > TimeSpan.Zero)
        {
            answer.Revision.Statistics.Fail.Add(answer.Took);
        }

        answer.Release();
    }

    private void Failed(ServiceRoute route, Exchange exchange, ModelAnswer answer)
    {
        route.Trial?.Of(answer.Revision.Revision.Number).OnFailed();
        metrics.OnFailed(answer.Revision);
        answer.Revision.Statistics.Fail.Add(answer.Took);
        log.TryAdd(exchange, answer, served: false);
        payloads.TryAdd(exchange, answer, served: false);
    }

    /// <summary>
    /// Chooses and acquires. A revision found retired was so after a newer route was put in, so looking again ends: the loop only goes on while
    /// the route changes.
    /// </summary>
    private Result<LoadedRevision> TryAcquire(ref ServiceRoute route, string? predictionId, in CallContext call)
    {
        var version = call.Version;
        while (true)
        {
            var chosen = version is not null ? route.OfVersion(version) : predictionId is null ? route.Stable : route.Choose(predictionId, call.Headers, call.Routing);
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

            var newer = routes.Find(route.Namespace, route.FoundAs);
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
