using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Usage;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>DELETE model-versions/delete: the version and the aliases that point at it, unless somebody serves it.</c></summary>
internal static class DeleteModelVersion
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version) = (Asked.Model(call.Fields), Asked.Version(call.Fields));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return await call.Service<ModelUsage>().HoldsAsync(call.Namespace, name, version, "deleted", call.Cancellation) is { } held
            ? held
            : await Asked.EmptyAsync(call, (session, change) => DeleteVersion.ApplyAsync(session, change, name, version));
    }
}
