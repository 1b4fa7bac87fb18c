using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary><c>GET /runs?experiment=NAME&amp;limit=100&amp;after=TOKEN</c>: newest first.</summary>
internal static class ListRuns
{
    private const int DefaultLimit = 100;
    private const int MostPerPage = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(
        string ns, string? experiment, string? limit, string? after, IDatabase database, CancellationToken cancellation)
    {
        var (size, started, id) = (DefaultLimit, DateTimeOffset.MaxValue, "");
        Fault?[] faults =
        [
            RunRules.Namespace(ns),
            limit is null || (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= MostPerPage)
                ? null
                : new Fault("limit", $"is not a number from 1 to {MostPerPage}"),
            string.IsNullOrEmpty(after) || TryReadToken(after, out started, out id) ? null : new Fault("after", "is not a token that a page of this list gave out"),
            experiment?.Contains('\0', StringComparison.Ordinal) == true ? new Fault("experiment", "holds a NUL character; take it out") : null,
        ];
        if (faults.Any(f => f is not null))
        {
            return Problem.Invalid([.. faults.OfType<Fault>()]).ToAnswer();
        }

        // One more than asked for tells whether there is a next page.
        var found = await database.ReadAsync((session, _) => RunStore.ListAsync(session, ns, experiment, started, id, size + 1), cancellation);
        var items = found.Take(size).ToArray();
        return Results.Json(new RunPage(items, found.Count > size ? Token(items[^1]) : null), TrackingJson.Default.RunPage);
    }

    private static string Token(RunSummary last) => string.Create(CultureInfo.InvariantCulture, $"{Micros.Of(last.Started)}.{last.Id}");

    private static bool TryReadToken(string token, out DateTimeOffset started, out string id)
    {
        (started, id) = (default, "");
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !long.TryParse(token.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var micros)
            || micros > Micros.Of(DateTimeOffset.MaxValue) || RunRules.RunId(token[(dot + 1)..]) is not null)
        {
            return false;
        }

        (started, id) = (Micros.ToTime(micros), token[(dot + 1)..]);
        return true;
    }
}
