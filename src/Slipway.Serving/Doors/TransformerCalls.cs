using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Invocations;
using Slipway.Serving.Outbound;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Doors;

/// <summary>
/// Hands a request to its service's transformer and its answer to the caller. The transformer asks the predictor, at the address in the header
/// <c>Slipway-Predictor</c> or, as KServe's SDK is started, at <c>--predictor_host HOST/serving/NS/NAME/predictor</c>.
/// </summary>
internal sealed class TransformerCalls(OutboundHttp outbound, ServingOptions options, TimeProvider time)
{
    public const string PredictorHeader = "Slipway-Predictor";

    /// <summary>Names the service. A request that has it comes from the transformer, which passed headers on, and goes to the predictor.</summary>
    public const string TransformedHeader = "Slipway-Transformed";

    /// <summary>Without them a body cannot be read, or an answer not be told.</summary>
    private static readonly string[] OfTheRequest = ["Accept", "Accept-Encoding", InferBody.HeaderLength];

    private static readonly string[] OfTheAnswer = ["Retry-After", InferBody.HeaderLength, OipAnswer.PredictionIdHeader];

    /// <summary>Whether the request still has to go through the transformer.</summary>
    public static bool Takes(ServiceRoute route, IHeaderDictionary headers) =>
        route.TransformerCode is not null || (route.Transformer is not null && headers[TransformedHeader] != $"{route.Namespace}/{route.Name}");

    public async Task HandleAsync(HttpContext http, ServiceRoute route)
    {
        var transformer = route.Transformer!;
        using var request = Ask(http, route, transformer);
        using var late = new CancellationTokenSource(transformer.Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token);
        try
        {
            using var answer = await outbound.SendAsync(request, limited.Token);
            var read = await OutboundHttp.ReadAsync(answer, options.MaxRequestBytes, limited.Token);
            if (read.TryGet(out var body, out var problem))
            {
                await SendAsync(http, answer, body);
                return;
            }

            await RefuseAsync(http, Problem.Unavailable($"The transformer {transformer.Url}: {problem.Message}"));
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(http, new Problem(
                ProblemCode.DeadlineExceeded,
                string.Create(CultureInfo.InvariantCulture, $"The transformer {transformer.Url} did not answer within {transformer.Timeout.TotalSeconds} s")));
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !http.Response.HasStarted)
        {
            await RefuseAsync(http, Problem.Unavailable($"The transformer {transformer.Url} cannot be reached: {e.InnerException?.Message ?? e.Message}", TimeSpan.FromSeconds(1)));
        }
    }

    private HttpRequestMessage Ask(HttpContext http, ServiceRoute route, TransformerSpec transformer)
    {
        var address = transformer.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + PathOf(http, route) + http.Request.QueryString;
        var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), address) { Content = new StreamContent(http.Request.Body) };
        if (http.Request.ContentLength is { } length)
        {
            request.Content.Headers.ContentLength = length;
        }

        foreach (var name in new[] { "Content-Type", "Content-Encoding" })
        {
            if (http.Request.Headers.TryGetValue(name, out var value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        foreach (var (name, value) in http.Request.Headers)
        {
            if (OfTheRequest.Contains(name, StringComparer.OrdinalIgnoreCase) || transformer.Propagated.Has(name))
            {
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        var server = options.PublicUrl ?? $"{http.Request.Scheme}://{http.Request.Host}";
        request.Headers.Add(PredictorHeader, $"{server}/serving/{route.Namespace}/{route.Name}/predictor");
        request.Headers.Add(TransformedHeader, $"{route.Namespace}/{route.Name}");
        return request;
    }

    /// <summary>The path as a server of one model has it.</summary>
    private static string PathOf(HttpContext http, ServiceRoute route)
    {
        var path = http.Request.Path.Value ?? "";
        foreach (var before in new[] { $"/serving/{route.Namespace}/{route.Name}", $"/serve/{route.Name}" })
        {
            if (path.StartsWith(before + "/", StringComparison.Ordinal))
            {
                return path[before.Length..];
            }
        }

        return path;
    }

    private static async Task SendAsync(HttpContext http, HttpResponseMessage answer, byte[] body)
    {
        var response = http.Response;
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "application/json";
        if (answer.Content.Headers.ContentEncoding.Count > 0)
        {
            response.Headers.ContentEncoding = string.Join(", ", answer.Content.Headers.ContentEncoding);
        }

        foreach (var name in OfTheAnswer)
        {
            if (answer.Headers.TryGetValues(name, out var values))
            {
                response.Headers[name] = values.ToArray();
            }
        }

        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Says no in the words of the protocol that was asked over.</summary>
    public static Task RefuseAsync(HttpContext http, Problem problem) => http.Request.Path.Value?.EndsWith("/invocations", StringComparison.Ordinal) == true
        ? InvocationAnswer.WriteAsync(http, problem)
        : OipAnswer.WriteAsync(http, problem);
}
