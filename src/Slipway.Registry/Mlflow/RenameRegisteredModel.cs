using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Usage;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST registered-models/rename: another name for the model, its versions, aliases and their history.</c></summary>
internal static class RenameRegisteredModel
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, newName) = (Asked.Model(call.Fields), Asked.Model(call.Fields, "new_name"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return await call.Service<ModelUsage>().HoldsAsync(call.Namespace, name, null, "renamed", call.Cancellation) is { } held
            ? held
            : await Asked.AnswerAsync(call, (session, change) => RenameModel.ApplyAsync(session, change, name, newName), ModelReply.ModelAsync);
    }
}
