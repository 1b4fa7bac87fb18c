using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Natural;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;
using Slipway.Serving.V1;

namespace Slipway.Serving.Explanations;

/// <summary>
/// <c>POST /v1/models/{model}[/versions/{version}|/labels/{label}]:explain</c>: KServe's. The rows are written as for <c>:predict</c>; <c>parameters</c>
/// say how to explain them and go before what the service's spec says.
/// </summary>
internal sealed class ExplainV1(RouteTable routes, LabelledVersions labels, Explainer explainer, ExplainByCode code, ServingMetrics metrics, ServingOptions options)
{
    public async Task HandleAsync(HttpContext http)
    {
        if (!(await labels.FindAsync(routes, http)).TryGet(out var target, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var (route, revision) = target;
        if (route.ExplainerCode is not null)
        {
            await ((await code.HandleAsync(http, route, revision)) is { } failed ? RefuseAsync(http, route, failed) : Task.CompletedTask);
            return;
        }

        if (!(await NaturalBody.ReadAsync(http.Request, options.MaxRequestBytes, http.RequestAborted)).TryGet(out var document, out problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        using (document)
        {
            if (!ExplainParameters.Read(document.RootElement, "parameters", route.Explainer).TryGet(out var settings, out problem)
                || !Read(document.RootElement, revision).TryGet(out var request, out problem))
            {
                await RefuseAsync(http, route, problem);
                return;
            }

            using (request)
            {
                var explained = await explainer.ExplainAsync(route, revision, request, settings, http.RequestAborted);
                await (explained.TryGet(out var answer, out problem)
                    ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, answer.Write)
                    : RefuseAsync(http, route, problem));
            }
        }
    }

    private static Result<InferenceRequest?> Read(JsonElement body, LoadedRevision revision)
    {
        var inputs = revision.Model.Model.Inputs;
        var (hasRows, hasColumns) = (body.TryGetProperty("instances", out var rows), body.TryGetProperty("inputs", out var columns));
        return (hasRows, hasColumns) switch
        {
            (true, true) => Problem.Invalid("The body has both instances and inputs; send one of them"),
            (true, false) => NaturalInputs.FromRows(rows, inputs, "instances").Select(r => (InferenceRequest?)r),
            (false, true) => NaturalInputs.FromColumns(columns, inputs, "inputs").Select(r => (InferenceRequest?)r),
            _ => Result.From<InferenceRequest?>(null),
        };
    }

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return OipAnswer.WriteAsync(http, problem);
    }
}
