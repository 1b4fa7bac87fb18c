using Slipway.Platform.Http.Mlflow;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>A file as the reply to a call that otherwise speaks JSON.</summary>
internal static class SendFile
{
    public static MlflowReply Of(ArtifactPlace place) => MlflowReply.Stream(async http =>
    {
        if (await FileAnswer.SendAsync(http, place) is { } problem)
        {
            await MlflowAnswer.WriteAsync(http, problem);
        }
    });
}
