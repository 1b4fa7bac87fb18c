using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET registered-models/get?name=</c></summary>
internal static class GetRegisteredModel
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var name = Asked.Model(call.Fields);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return await Asked.ReadAsync(call, async session =>
            (await Asked.ModelAsync(session, call.Namespace, name)).TryGet(out var row, out var problem) ? await ModelReply.ModelAsync(session, row) : problem);
    }
}
