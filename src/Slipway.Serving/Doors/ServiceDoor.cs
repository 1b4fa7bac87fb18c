using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;
using Slipway.Serving.Invocations;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Doors;

/// <summary>Answers a request to the service that its path was found to name, or says why there is none.</summary>
internal delegate Task ServiceHandler(HttpContext http, Result<ServiceRoute> found);

/// <summary>
/// What stands around the handlers of a service over HTTP: its transformer takes the request, and its event sink sees what comes to the predictor
/// and what it answers. Services with neither pass straight through.
/// </summary>
internal sealed class ServiceDoor(RouteTable routes, EventTap tap, TransformerCalls transformers, TransformerCode code, ServingOptions options, TimeProvider time)
{
    public RequestDelegate Around(Func<HttpContext, Task> handler) => Around((http, _) => handler(http));

    /// <param name="handler">Is told what the path was found to mean.</param>
    public RequestDelegate Around(ServiceHandler handler) => http =>
    {
        var found = OneModel.Find(routes, http);
        return !found.TryGet(out var route, out _) || (route.Transformer is null && route.TransformerCode is null && !EventTap.Taps(route)) ? handler(http, found)
            : route.TransformerCode is not null && !IsExplanation(http) ? TransformAsync(http, route, handler)
            : TransformerCalls.Takes(route, http.Request.Headers) && !IsExplanation(http) ? transformers.HandleAsync(http, route)
            : EventTap.Taps(route) ? TappedAsync(http, route, handler)
            : handler(http, found);
    };

    /// <summary>For the transformer's own questions.</summary>
    public RequestDelegate AroundPredictor(Func<HttpContext, Task> handler) => AroundPredictor((http, _) => handler(http));

    /// <inheritdoc cref="AroundPredictor(Func{HttpContext, Task})"/>
    public RequestDelegate AroundPredictor(ServiceHandler handler) => http =>
    {
        var found = OneModel.Find(routes, http);
        return found.TryGet(out var route, out _) && EventTap.Taps(route) ? TappedAsync(http, route, handler) : handler(http, found);
    };

    /// <summary>Explanations are of the model's own inputs.</summary>
    private static bool IsExplanation(HttpContext http) => http.Request.Path.Value?.EndsWith("explain", StringComparison.Ordinal) == true;

    /// <summary>Apart, so that only such a request pays for what its lambda holds.</summary>
    private Task TransformAsync(HttpContext http, ServiceRoute route, ServiceHandler handler) =>
        code.HandleAsync(http, route, inner => EventTap.Taps(route) ? TappedAsync(inner, route, handler) : handler(inner, route));

    private async Task TappedAsync(HttpContext http, ServiceRoute route, ServiceHandler handler)
    {
        var arrived = time.GetUtcNow();
        byte[] body;
        bool whole;
        try
        {
            (body, whole) = await CapturedRequest.ReadAsync(http, options.MaxRequestBytes);
        }
        catch (BadHttpRequestException e)
        {
            await OipAnswer.WriteAsync(http, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Problem(ProblemCode.TooLarge, $"The body may have {options.MaxRequestBytes} bytes at most")
                : Problem.Invalid($"The body could not be read: {e.Message}"));
            return;
        }

        var trace = new CallTrace();
        http.Features.Set(trace);
        using var captured = new CapturedAnswer(http);
        await handler(http, route);
        await captured.EndAsync();
        var request = whole ? new PayloadHalf(arrived, http.Request.ContentType ?? "application/json", http.Request.Headers, body) : null;
        var response = new PayloadHalf(time.GetUtcNow(), http.Response.ContentType ?? "application/json", http.Response.Headers, captured.Body);
        tap.Tell(http, route, trace, request, response, http.Response.StatusCode, IsExplanation(http) ? "explainer" : "predictor");
        await captured.SendAsync();
    }
}
