using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Revisions;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary><c>POST .../models/{model}[/versions/{version}]/infer</c>: the hot path.</summary>
internal sealed class Infer(Predictor predictor, ServingMetrics metrics, ServingOptions options, TimeProvider time)
{
    public async Task HandleAsync(HttpContext http, Result<ServiceRoute> found)
    {
        if (!found.TryGet(out var route, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var parsed = await InferBody.ReadAsync(http.Request, route, options.MaxRequestBytes, http.RequestAborted);
        if (!parsed.TryGet(out var request, out problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        var body = new PooledBytes();
        try
        {
            var outcome = await predictor.AnswerAsync(route, request, CallContext.Of(http, ModelPath.VersionOf(http)), http.RequestAborted);
            if (!outcome.TryGet(out var answered, out problem))
            {
                await RefuseAsync(http, route, problem);
                return;
            }

            // Everything pooled but the answer's bytes is given back before the network is waited for.
            var header = Write(http, route, answered, body);
            await OipAnswer.WriteInferenceAsync(http, body, header);
        }
        finally
        {
            body.Dispose();
        }
    }

    /// <summary>Writes the answer and lets it go; the length of its JSON when binary blocks follow, else 0.</summary>
    private int Write(HttpContext http, ServiceRoute route, Answered answered, PooledBytes body)
    {
        using (answered)
        {
            var started = time.GetTimestamp();
            var (request, answer) = (answered.Exchange.Request, answered.Answer);
            if (request.Id is null)
            {
                http.Response.Headers[OipAnswer.PredictionIdHeader] = answered.Exchange.PredictionId;
            }

            var head = new AnswerHead(route.Name, answer.Revision.VersionText, request.Id, request.Outputs, request.BinaryOutput, answer.Revision.Model.Roles.Classes);
            var header = InferenceWriter.Write(body, head, answer.Outputs!);
            answer.Revision.Statistics.OnWire(request.Rows, request.ParseTime, time.GetElapsedTime(started));
            return header;
        }
    }

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return OipAnswer.WriteAsync(http, problem);
    }
}
