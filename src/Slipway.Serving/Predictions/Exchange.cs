using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Predictions;

/// <summary>
/// One request on its way through the server. The response, the prediction log and the mirror each hold it; its pooled memory goes back when the
/// last of them lets go.
/// </summary>
internal sealed class Exchange(string ns, string service, InferenceRequest request, string predictionId, DateTimeOffset eventTime, bool isLogged = true)
{
    private int _holders = 1;

    public string Namespace { get; } = ns;

    public string Service { get; } = service;

    public InferenceRequest Request { get; } = request;

    /// <summary>The request's id, or one made here when it had none.</summary>
    public string PredictionId { get; } = predictionId;

    public DateTimeOffset EventTime { get; } = eventTime;

    /// <summary>Whether the log keeps what is answered: a service may sample its predictions.</summary>
    public bool IsLogged { get; } = isLogged;

    /// <summary>Whether the payload files keep it.</summary>
    public bool KeepsPayload { get; init; }

    /// <summary>Who asked; empty when nothing keeps it.</summary>
    public string Caller { get; init; } = "";

    /// <summary>v2, grpc-v2, v1 or mlflow.</summary>
    public string Protocol { get; init; } = "v2";

    public DateTimeOffset Arrived { get; init; }

    public Exchange Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Request.Dispose();
        }
    }
}
