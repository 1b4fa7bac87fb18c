using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>DELETE model-versions/delete-tag; a tag that is not there is no fault.</c></summary>
internal static class DeleteModelVersionTag
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version, key) = (Asked.Model(call.Fields), Asked.Version(call.Fields), call.Fields.Required("key"));
        if ((call.Fields.Problem ?? MlflowRules.TagKey(key)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync(call, (session, change) => ChangeVersion.TagAsync(session, change, name, version, key, null));
    }
}
