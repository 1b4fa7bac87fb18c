using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Doors;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Explanations;

/// <summary>Has a request explained by the service's own explainer: its <c>explain</c> takes the body and gives the answer.</summary>
internal sealed class ExplainByCode(RouteTable routes, ExplanationOptions limits, ServingOptions options, TimeProvider time)
{
    private const string Method = "explain";

    /// <summary>Null when the caller has been answered.</summary>
    public async Task<Problem?> HandleAsync(HttpContext http, ServiceRoute route, LoadedRevision revision)
    {
        if (!CodeCalls.Enter(routes, route, static r => r.ExplainerCode).TryGet(out var held, out var problem))
        {
            return problem;
        }

        try
        {
            if (!revision.Model.TryAcquire())
            {
                return Problem.Unavailable($"Model '{route.Name}' is being replaced", TimeSpan.FromSeconds(1));
            }

            try
            {
                using var late = new CancellationTokenSource(held.Spec.Timeout, time);
                using var limited = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token);
                return await ExplainAsync(http, held, new AskedModel(revision.Model, limits.MaxEvaluations), limited.Token);
            }
            catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
            {
                return CodeCalls.TooLong(route, held.Spec, Method);
            }
            finally
            {
                revision.Model.Release();
            }
        }
        finally
        {
            held.Code.Release();
        }
    }

    private async Task<Problem?> ExplainAsync(HttpContext http, (CodeSpec Spec, LoadedCode Code) held, IAskedModel model, CancellationToken limited)
    {
        if (!(await CodeCalls.ReadAsync(http, options.MaxRequestBytes)).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var headers = CodeCalls.HeadersOf(http, held.Spec.Propagated);
        if (!(await CodeCalls.CallAsync(held, Method, body, headers, binary: false, model, limited)).TryGet(out var explained, out problem))
        {
            return problem;
        }

        using (explained)
        using (var answer = new PooledBytes(Math.Max(256, explained.Body.Bytes.Length)))
        {
            explained.Body.Bytes.Span.CopyTo(answer.GetSpan(explained.Body.Bytes.Length));
            answer.Advance(explained.Body.Bytes.Length);
            await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, answer);
            return null;
        }
    }
}
