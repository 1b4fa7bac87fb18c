using Microsoft.AspNetCore.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Doors;

/// <summary>Hands an exchange to the service's sink when its logger asks for it. Never waits.</summary>
internal sealed class EventTap(EventSinks sinks, ServingOptions options, TimeProvider time)
{
    public static bool Taps(ServiceRoute route) => route.Logger?.Url is not null;

    /// <param name="request">Null when the request's half could not be read.</param>
    /// <param name="status">An HTTP status; of gRPC the one its code stands for.</param>
    public void Tell(HttpContext http, ServiceRoute route, CallTrace trace, PayloadHalf? request, PayloadHalf response, int status, string component = "predictor")
    {
        if (route.Logger is not { Url: not null } logger || sinks.Find(route.Namespace, route.Name) is not { } sink)
        {
            return;
        }

        var id = CloudEvents.IdOf(http.Request.Headers, static () => Guid.NewGuid().ToString());
        if (!TrafficSplit.IsSampled(trace.PredictionId ?? id, logger.SamplePercent))
        {
            return;
        }

        var head = new PayloadEventHead(id, SourceOf(http, route), route.Namespace, route.Name, component, trace.PredictionId, trace.Answered);
        var (headers, now) = (http.Request.Headers, time.GetUtcNow());
        if (request is not null && logger.Mode is LoggerMode.All or LoggerMode.Request)
        {
            sink.Add(CloudEvents.Build(CloudEvents.RequestType, head, request, logger, headers, now, null));
        }

        if (logger.Mode is LoggerMode.All or LoggerMode.Response && (status == StatusCodes.Status200OK || logger.AllResponses))
        {
            sink.Add(CloudEvents.Build(CloudEvents.ResponseType, head, response, logger, headers, now, logger.AllResponses ? status : null));
        }
    }

    private string SourceOf(HttpContext http, ServiceRoute route)
    {
        var server = options.PublicUrl ?? (http.Request.Host.HasValue ? $"{http.Request.Scheme}://{http.Request.Host}" : "http://localhost");
        return $"{server}/serving/{route.Namespace}/{route.Name}";
    }
}
