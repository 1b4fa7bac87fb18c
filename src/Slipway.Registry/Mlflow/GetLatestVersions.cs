using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET and POST registered-models/get-latest-versions: the newest version of each stage.</c></summary>
internal static class GetLatestVersions
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, wanted) = (Asked.Model(call.Fields), call.Fields.Texts("stages"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var stages = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stage in wanted.Count == 0 ? Stages.All : wanted)
        {
            if (!Stages.Canonical(stage).TryGet(out var canonical, out var unknown))
            {
                return unknown;
            }

            stages.Add(canonical);
        }

        return await Asked.ReadAsync(call, async session =>
        {
            if (!(await Asked.ModelAsync(session, call.Namespace, name)).TryGet(out _, out var problem))
            {
                return problem;
            }

            var latest = (await RegistryStore.LatestAsync(session, call.Namespace, [name])).Where(v => stages.Contains(v.Stage)).ToArray();
            var aliases = await RegistryStore.AliasesAsync(session, call.Namespace, name);
            return MlflowReply.Object(writer => ModelReply.WriteAll(writer, "model_versions", latest, version => ModelReply.Write(writer, version, aliases)));
        });
    }
}
