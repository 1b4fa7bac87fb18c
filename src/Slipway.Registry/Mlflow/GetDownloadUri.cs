using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET model-versions/get-download-uri: where the files of a version are.</c></summary>
internal static class GetDownloadUri
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version) = (Asked.Model(call.Fields), Asked.Version(call.Fields));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return await Asked.ReadAsync(call, async session =>
            (await Asked.VersionAsync(session, call.Namespace, name, version)).TryGet(out var row, out var problem)
                ? MlflowReply.Object(writer => writer.WriteSet("artifact_uri", ModelReply.StorageOf(row)))
                : problem);
    }
}
