using Microsoft.AspNetCore.Http;

namespace Slipway.Serving.Inference;

/// <summary>What became of a call, told to whoever stands around its handler. Kept with the request as a feature.</summary>
internal sealed class CallTrace
{
    /// <summary>Null until the request was read.</summary>
    public string? PredictionId { get; set; }

    /// <summary>Revision, model version and whether it was a canary that answered; null when none did.</summary>
    public (string Revision, string Version, bool IsCanary)? Answered { get; set; }

    public static CallTrace? Of(HttpContext http) => http.Features.Get<CallTrace>();
}
