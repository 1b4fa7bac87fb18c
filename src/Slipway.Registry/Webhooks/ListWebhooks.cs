using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>GET webhooks?max_results=&amp;page_token=</c>: newest first.</summary>
internal static class ListWebhooks
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (asked, token) = (call.Fields.Int64("max_results"), call.Fields.Text("page_token"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (asked is < 1 or > LargestPage)
        {
            return Problem.Invalid($"max_results must be between 1 and {LargestPage}.");
        }

        var limit = (int)(asked ?? DefaultPage);

        if (!MlflowPages.Read(token).TryGet(out var place, out var problem))
        {
            return problem;
        }

        var found = await call.Service<IDatabase>().ReadAsync((session, _) => HookStore.ListAsync(session, call.Namespace, limit + 1, place.Offset), call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            writer.WriteStartArray("webhooks");
            foreach (var hook in found.Take(limit))
            {
                HookWire.Write(writer, hook);
            }

            writer.WriteEndArray();
            writer.WriteSet("next_page_token", found.Count > limit ? MlflowPages.Token(place.Offset + limit) : null);
        });
    }
}
