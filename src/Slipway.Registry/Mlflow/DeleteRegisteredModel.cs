using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Usage;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>DELETE registered-models/delete: the model with all its versions, unless somebody serves it.</c></summary>
internal static class DeleteRegisteredModel
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var name = Asked.Model(call.Fields);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return await call.Service<ModelUsage>().HoldsAsync(call.Namespace, name, null, "deleted", call.Cancellation) is { } held
            ? held
            : await Asked.EmptyAsync(call, (session, change) => DeleteModel.ApplyAsync(session, change, name));
    }
}
