using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <param name="Uri">As the run or model has it.</param>
/// <param name="Path">Its place in the tree.</param>
internal sealed record ArtifactFolder(string Uri, ArtifactPath Path);

/// <summary>Where the artifacts of a run or of a logged model are.</summary>
internal static class RunRoots
{
    public static async Task<Result<ArtifactFolder>> OfRunAsync(MlflowCall call, string runId)
    {
        if (MlflowNames.RunId(runId) is { } bad)
        {
            return bad;
        }

        var uri = await call.Service<IModelSources>().FindRunArtifactUriAsync(call.Namespace, runId, call.Cancellation);
        return uri is null ? new Problem(ProblemCode.NotFound, $"Run with id={runId} not found") : await LocateAsync(call, uri);
    }

    public static async Task<Result<ArtifactFolder>> OfModelAsync(MlflowCall call, string modelId)
    {
        var model = await call.Service<IModelSources>().FindLoggedModelAsync(call.Namespace, modelId, call.Cancellation);
        return model is null
            ? new Problem(ProblemCode.NotFound, $"Logged model with ID '{modelId}' not found.")
            : await LocateAsync(call, model.ArtifactUri);
    }

    public static async Task<Result<ArtifactFolder>> LocateAsync(MlflowCall call, string uri) =>
        (await call.Service<ArtifactFiles>().LocateAsync(call.Namespace, uri, call.Cancellation)).Select(path => new ArtifactFolder(uri, path));
}
