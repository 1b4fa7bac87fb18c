using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Mlflow;

/// <summary><c>GET registered-models/search?filter=&amp;order_by=&amp;max_results=&amp;page_token=</c></summary>
internal static class SearchRegisteredModels
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        if (!SearchRequest.Read(call.Fields, DefaultPage, LargestPage).TryGet(out var asked, out var problem))
        {
            return problem;
        }

        return await Asked.ReadAsync(call, async session =>
        {
            var found = await ModelSearchStore.ModelsAsync(session, call.Namespace, asked.Filter, asked.Order, asked.Limit + 1, asked.Offset);
            var page = found.Take(asked.Limit).ToArray();
            var names = page.Select(m => m.Name).ToArray();
            var aliases = (await RegistryStore.AliasesOfAsync(session, call.Namespace, names)).ToLookup(a => a.Model, StringComparer.Ordinal);
            var latest = (await RegistryStore.LatestAsync(session, call.Namespace, names)).ToLookup(v => v.Model, StringComparer.Ordinal);
            return MlflowReply.Object(writer =>
            {
                ModelReply.WriteAll(writer, "registered_models", page, model => ModelReply.Write(writer, model, aliases[model.Name], latest[model.Name]));
                writer.WriteSet("next_page_token", asked.Next(found.Count));
            });
        });
    }
}
