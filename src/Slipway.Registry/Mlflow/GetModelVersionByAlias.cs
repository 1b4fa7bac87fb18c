using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET registered-models/alias?name=&amp;alias=; <c>latest</c> is the newest version.</c></summary>
internal static class GetModelVersionByAlias
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, alias) = (Asked.Model(call.Fields), call.Fields.Required("alias"));
        if ((call.Fields.Problem ?? MlflowRules.Alias(alias)) is { } bad)
        {
            return bad;
        }

        return await Asked.ReadAsync(call, async session =>
            (await FindAsync(session, call.Namespace, name, alias)).TryGet(out var row, out var problem) ? await ModelReply.VersionAsync(session, row) : problem);
    }

    private static async Task<Result<VersionRow>> FindAsync(IReadSession session, string ns, string name, string alias)
    {
        if (!(await Asked.ModelAsync(session, ns, name)).TryGet(out _, out var problem))
        {
            return problem;
        }

        if (alias.Equals("latest", StringComparison.OrdinalIgnoreCase))
        {
            return (await RegistryStore.LatestAsync(session, ns, [name])).FirstOrDefault() is { } latest
                ? latest
                : new Problem(ProblemCode.NotFound, $"Latest version not found for model {name}.");
        }

        return await RegistryStore.FindAliasAsync(session, ns, name, alias) is { Version: { } version }
            ? await Asked.VersionAsync(session, ns, name, version)
            : Problem.Invalid($"Registered model alias {alias} not found.");
    }
}
