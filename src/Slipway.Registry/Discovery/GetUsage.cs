using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Http;
using Slipway.Registry.Usage;

namespace Slipway.Registry.Discovery;

/// <summary><c>GET /models/{model}/usage</c>: the inference services that serve a model, and which version that means now; and how often they answered, day by day
/// of the last 30, from the prediction log.</summary>
internal static class GetUsage
{
    private const int Days = 30;

    public static void Map(IEndpointRouteBuilder models) => models.MapGet("/{model}/usage", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, string model, IDatabase database, ModelUsage usage, IEnumerable<ICallCounts> counts, TimeProvider time, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (await database.ReadAsync((session, _) => RegistryStore.FindModelRowAsync(session, ns, model), cancellation) is null)
        {
            return Problem.NotFound($"model {model} in namespace {ns}").ToAnswer();
        }

        var uses = await usage.FindAsync(ns, model, cancellation);
        var since = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(1 - Days);
        string[] services = [.. uses.Select(u => u.Service).Distinct(StringComparer.Ordinal)];
        var calls = counts.FirstOrDefault() is { } counter ? await counter.ByDayAsync(ns, services, since, cancellation) : [];
        return OwnApi.Json(new JsonObject
        {
            ["model"] = model,
            ["services"] = new JsonArray([.. uses.Select(u => new JsonObject { ["name"] = u.Service, ["uri"] = u.Uri, ["version"] = u.Version })]),
            ["callsPerDay"] = new JsonArray([.. calls.Select(c => new JsonObject
            {
                ["day"] = c.Day.ToString("O", CultureInfo.InvariantCulture), ["service"] = c.Service, ["version"] = c.ModelVersion, ["calls"] = c.Count,
            })]),
        });
    }
}
