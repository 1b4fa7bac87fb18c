using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>DELETE registered-models/alias; an alias that is not there is no fault.</c></summary>
internal static class DeleteRegisteredModelAlias
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, alias) = (Asked.Model(call.Fields), call.Fields.Required("alias"));
        if ((call.Fields.Problem ?? MlflowRules.Alias(alias)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync<AliasAssignment>(call, async (session, change) =>
            (await Asked.ModelAsync(session, call.Namespace, name)).TryGet(out _, out var missing)
                ? await MoveAlias.ApplyAsync(session, change, name, alias, null, "over MLflow's API")
                : missing);
    }
}
