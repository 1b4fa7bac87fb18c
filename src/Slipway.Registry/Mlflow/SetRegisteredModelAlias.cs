using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST registered-models/alias: points an alias at a version.</c></summary>
internal static class SetRegisteredModelAlias
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, alias, version) = (Asked.Model(call.Fields), call.Fields.Required("alias"), Asked.Version(call.Fields));
        if ((call.Fields.Problem ?? MlflowRules.NewAlias(alias)) is { } bad)
        {
            return bad;
        }

        return await Asked.EmptyAsync<AliasAssignment>(call, async (session, change) =>
            (await Asked.VersionAsync(session, call.Namespace, name, version)).TryGet(out _, out var missing)
                ? await MoveAlias.ApplyAsync(session, change, name, alias, version, "over MLflow's API")
                : missing);
    }
}
