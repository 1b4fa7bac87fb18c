using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Doors;

/// <summary>
/// A transformer of the user's own around the predictor: <c>preprocess</c> makes the predictor's request of the caller's, <c>postprocess</c> the caller's
/// answer of the predictor's. Whatever protocol it is stays what it is.
/// </summary>
internal sealed class TransformerCode(RouteTable routes, ServingMetrics metrics, ServingOptions options, TimeProvider time)
{
    private const string Before = "preprocess";
    private const string After = "postprocess";

    public async Task HandleAsync(HttpContext http, ServiceRoute route, Func<HttpContext, Task> predictor)
    {
        if (!CodeCalls.Enter(routes, route, static r => r.TransformerCode).TryGet(out var held, out var problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        var caller = http.RequestAborted;
        using var late = new CancellationTokenSource(held.Spec.Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(caller, late.Token);
        var stage = new Stage();
        try
        {
            http.RequestAborted = limited.Token;
            problem = await TransformAsync(http, held, predictor, stage, limited.Token);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            problem = CodeCalls.TooLong(route, held.Spec, stage.Name);
        }
        finally
        {
            http.RequestAborted = caller;
            held.Code.Release();
        }

        if (problem is not null)
        {
            await RefuseAsync(http, route, problem);
        }
    }

    /// <summary>Null when the caller has been answered.</summary>
    private async Task<Problem?> TransformAsync(
        HttpContext http, (CodeSpec Spec, LoadedCode Code) held, Func<HttpContext, Task> predictor, Stage stage, CancellationToken limited)
    {
        var headers = CodeCalls.HeadersOf(http, held.Spec.Propagated);
        var accepted = http.Request.Headers.AcceptEncoding;
        if (held.Code.Held.Has(Before))
        {
            if (!(await CodeCalls.ReadAsync(http, options.MaxRequestBytes)).TryGet(out var body, out var problem)
                || !(await CodeCalls.CallAsync(held, Before, body, headers, binary: true, null, limited)).TryGet(out var made, out problem))
            {
                return problem;
            }

            using (made)
            {
                Put(http.Request, made.Body);
            }
        }

        // What the predictor packs would only be unpacked here.
        http.Request.Headers.AcceptEncoding = default;
        stage.Name = "the predictor";
        using var captured = new CapturedAnswer(http);
        try
        {
            await predictor(http);
        }
        finally
        {
            await captured.EndAsync();
            http.Request.Headers.AcceptEncoding = accepted;
        }

        limited.ThrowIfCancellationRequested();
        if (http.Response.StatusCode != StatusCodes.Status200OK)
        {
            await SendRefusalAsync(http, captured);
            return null;
        }

        if (!held.Code.Held.Has(After))
        {
            await captured.SendAsync();
            return null;
        }

        stage.Name = After;
        var json = LengthOf(http.Response);
        var answer = await CodeCalls.CallAsync(held, After, new CodeBody(captured.Body, json, false), headers, json > 0, null, limited);
        if (!answer.TryGet(out var result, out var failed))
        {
            // The predictor took the request, so what fails now is no fault of the caller's.
            return failed.Code == ProblemCode.Invalid ? failed with { Code = ProblemCode.Internal } : failed;
        }

        using (result)
        {
            await SendAsync(http, result.Body);
        }

        return null;
    }

    /// <summary>Puts the transformer's request in the caller's place.</summary>
    private static void Put(HttpRequest request, CodeBody made)
    {
        // The worker's memory is given back before the predictor has read it.
        var bytes = made.Bytes.ToArray();
        request.Body = new MemoryStream(bytes, writable: false);
        request.ContentLength = bytes.Length;
        request.Headers.ContentEncoding = default;
        request.Headers.Remove(InferBody.HeaderLength);
        if (made.Json > 0)
        {
            request.Headers[InferBody.HeaderLength] = made.Json.ToString(CultureInfo.InvariantCulture);
        }

        if (!made.IsText)
        {
            request.ContentType = made.Json > 0 ? "application/octet-stream" : "application/json";
        }
    }

    private static async Task SendAsync(HttpContext http, CodeBody result)
    {
        http.Response.Headers.Remove(InferBody.HeaderLength);
        using var body = new PooledBytes(Math.Max(256, result.Bytes.Length));
        result.Bytes.Span.CopyTo(body.GetSpan(result.Bytes.Length));
        body.Advance(result.Bytes.Length);
        await OipAnswer.WriteInferenceAsync(http, body, result.Json);
    }

    /// <summary>The predictor's no, as it is; but a caller must know that it is not their own request that was looked at.</summary>
    private static async Task SendRefusalAsync(HttpContext http, CapturedAnswer captured)
    {
        if (http.Response.StatusCode == StatusCodes.Status400BadRequest && Read(captured.Body) is { } refusal
            && (refusal.ContainsKey("error") ? "error" : "message") is var name && refusal[name] is JsonValue words && words.TryGetValue<string>(out var text))
        {
            refusal[name] = $"The predictor refused what the transformer made of the request: {text}";
            using var body = new PooledBytes();
            using (var writer = new Utf8JsonWriter(body))
            {
                refusal.WriteTo(writer);
            }

            await OipAnswer.WriteAsync(http, StatusCodes.Status400BadRequest, body);
            return;
        }

        await captured.SendAsync();
    }

    private static JsonObject? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonNode.Parse(body.Span) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int LengthOf(HttpResponse response) =>
        int.TryParse(response.Headers[InferBody.HeaderLength].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : 0;

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        http.Response.Headers.Remove(InferBody.HeaderLength);
        return TransformerCalls.RefuseAsync(http, problem);
    }

    /// <summary>Where a request is, for who waits in vain.</summary>
    private sealed class Stage
    {
        public string Name { get; set; } = Before;
    }
}
