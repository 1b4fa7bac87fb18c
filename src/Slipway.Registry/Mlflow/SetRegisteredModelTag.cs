using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST registered-models/set-tag</c></summary>
internal static class SetRegisteredModelTag
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, key) = (Asked.Model(call.Fields), call.Fields.Required("key"));
        var value = call.Fields.Text("value") ?? "";
        if ((call.Fields.Problem ?? MlflowRules.Tag(key, value, ofVersion: false)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync(call, (session, change) => ChangeModel.TagAsync(session, change, name, key, value));
    }
}
