using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Http;
using Slipway.Registry.Usage;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Discovery;

/// <summary>
/// <c>GET /models/{model}/versions/{version}/card</c>: Markdown, written from the facts until somebody edits it; <c>?generated=true</c> the facts' anyway.
/// <c>PUT</c> with <c>{"card": "# .."}</c> edits, <c>DELETE</c> goes back.
/// </summary>
internal static class ModelCards
{
    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapGet("/{model}/versions/{version}/card", GetAsync).RequirePermission("models.read");
        models.MapPut("/{model}/versions/{version}/card", PutAsync).RequirePermission("models.write");
        models.MapDelete("/{model}/versions/{version}/card", DeleteAsync).RequirePermission("models.write");
    }

    private static async Task<IResult> GetAsync(
        string ns, string model, string version, bool? generated, IDatabase database, ModelUsage usage, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem))
        {
            return problem.ToAnswer();
        }

        var (row, aliases) = await database.ReadAsync(
            async (session, _) => (await RegistryStore.FindVersionRowAsync(session, ns, model, number), await RegistryStore.AliasesAsync(session, ns, model)), cancellation);
        if (row is null)
        {
            return Problem.NotFound($"version {number} of model {model} in namespace {ns}").ToAnswer();
        }

        if (row.Card.Length > 0 && generated != true)
        {
            return Results.Text(row.Card, "text/markdown", Encoding.UTF8);
        }

        var uses = (await usage.FindAsync(ns, model, cancellation)).Where(u => u.Version == number).Select(u => u.Service).Distinct(StringComparer.Ordinal).ToArray();
        return Results.Text(ModelCard.Of(row.ToVersion(), aliases, uses), "text/markdown", Encoding.UTF8);
    }

    private static async Task<IResult> PutAsync(
        string ns, string model, string version, HttpRequest request, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem) || !(await OwnApi.BodyAsync(request, cancellation)).TryGet(out var body, out problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var card = OwnApi.Text(body, "card", faults, required: true, longest: 500_000);
        return faults.Count > 0 ? Problem.Invalid(faults).ToAnswer() : await SetAsync(ns, model, number, card, database, time, cancellation);
    }

    private static async Task<IResult> DeleteAsync(string ns, string model, string version, IDatabase database, TimeProvider time, CancellationToken cancellation) =>
        OwnApi.Check(ns, model, version).TryGet(out var number, out var problem) ? await SetAsync(ns, model, number, "", database, time, cancellation) : problem.ToAnswer();

    private static async Task<IResult> SetAsync(string ns, string model, int version, string card, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        var change = Change.By(ns, time);
        var set = await database.WriteAsync((session, _) => ChangeVersion.CardAsync(session, change, model, version, card), cancellation);
        return set.Select(row => new JsonObject { ["model"] = model, ["version"] = row.Version, ["edited"] = card.Length > 0, ["updated"] = row.Changed }).ToJson();
    }
}
