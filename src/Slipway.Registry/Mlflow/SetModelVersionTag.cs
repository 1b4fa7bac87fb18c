using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST model-versions/set-tag</c></summary>
internal static class SetModelVersionTag
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version, key) = (Asked.Model(call.Fields), Asked.Version(call.Fields), call.Fields.Required("key"));
        var value = call.Fields.Text("value") ?? "";
        if ((call.Fields.Problem ?? MlflowRules.Tag(key, value, ofVersion: true)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync(call, (session, change) => ChangeVersion.TagAsync(session, change, name, version, key, value));
    }
}
