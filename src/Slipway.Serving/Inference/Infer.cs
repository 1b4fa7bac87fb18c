using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary><c>POST .../models/{model}[/versions/{version}]/infer</c>: the hot path.</summary>
internal sealed class Infer(RouteTable routes, Predictor predictor, ServingMetrics metrics, ServingOptions options, TimeProvider time)
{
    /// <summary>Tells a caller who sent no id which one to give feedback on.</summary>
    private const string PredictionIdHeader = "Slipway-Prediction-Id";

    public async Task HandleAsync(HttpContext http)
    {
        if (!ModelPath.Find(routes, http).TryGet(out var route, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var parsed = await InferBody.ReadAsync(http.Request, route.Names, options.MaxRequestBytes, http.RequestAborted);
        if (!parsed.TryGet(out var request, out problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        using var body = new PooledBytes();
        if (Answer(http, route, request, body) is { } refused)
        {
            await RefuseAsync(http, route, refused);
            return;
        }

        await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, body);
    }

    /// <summary>Runs the model and writes the answer; everything pooled is given back before the network is waited for.</summary>
    private Problem? Answer(HttpContext http, ServiceRoute route, OipRequest request, PooledBytes body)
    {
        var now = time.GetUtcNow();
        var id = request.Id ?? Id.New(time);
        var exchange = new Exchange(route.Namespace, route.Name, request, id, request.EventTime ?? now);
        try
        {
            if (!predictor.Predict(route, exchange, ModelPath.VersionOf(http), http.RequestAborted).TryGet(out var answer, out var problem))
            {
                return problem;
            }

            if (request.Id is null)
            {
                http.Response.Headers[PredictionIdHeader] = id;
            }

            OipWriter.WriteInference(body, route.Name, answer.Revision.VersionText, request.Id, answer.Outputs!, request.Outputs?.Count);
            answer.Release();
            return null;
        }
        finally
        {
            exchange.Release();
        }
    }

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return OipAnswer.WriteAsync(http, problem);
    }
}
