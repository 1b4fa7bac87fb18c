using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Graphs;

/// <summary>Asks a step at an address. Only headers that the graph names go along: the others may be secrets of this server's callers.</summary>
internal sealed class RemoteCalls(OutboundHttp outbound, ServingOptions options)
{
    public async Task<StepAnswer> CallAsync(GraphCall call, Uri url, byte[] body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in call.Headers)
        {
            if (call.Graph.Propagated.Has(name))
            {
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        request.Headers.Remove(GraphCall.HopsHeader);
        request.Headers.Add(GraphCall.HopsHeader, call.Hops.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var response = await outbound.SendAsync(request, cancellation);
            return (await OutboundHttp.ReadAsync(response, options.MaxRequestBytes, cancellation)).TryGet(out var answer, out var problem)
                ? new StepAnswer((int)response.StatusCode, answer)
                : StepAnswer.Failed(StatusCodes.Status502BadGateway, problem.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return StepAnswer.Failed(StatusCodes.Status502BadGateway, $"it cannot be reached: {e.InnerException?.Message ?? e.Message}");
        }
    }
}
