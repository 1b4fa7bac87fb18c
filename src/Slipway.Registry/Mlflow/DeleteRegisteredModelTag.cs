using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>DELETE registered-models/delete-tag; a tag that is not there is no fault.</c></summary>
internal static class DeleteRegisteredModelTag
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, key) = (Asked.Model(call.Fields), call.Fields.Required("key"));
        if ((call.Fields.Problem ?? MlflowRules.TagKey(key)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync(call, (session, change) => ChangeModel.TagAsync(session, change, name, key, null));
    }
}
