using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Kinds;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;

namespace Slipway.Monitoring.Windows;

/// <summary><c>GET .../monitors/{name}/windows?after=N&amp;limit=N</c>: <c>{"items": [window, ...]}</c> in order; go on with the last item's number.</summary>
internal static class ListWindows
{
    private const int MostPerPage = 1_000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/monitors/{name}/windows", HandleAsync).RequirePermission("monitors.read");

    private static async Task<IResult> HandleAsync(
        string ns, string name, string? after, string? limit, MonitorStore store, IResourceStore resources, CancellationToken cancellation)
    {
        var faults = new List<Fault>();
        var from = Number("after", after, 0, 0, int.MaxValue, faults);
        var most = Number("limit", limit, MostPerPage, 1, MostPerPage, faults);
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        if ((await resources.GetAsync(MonitorKind.Kind, ns, name, cancellation)).Problem is { } problem)
        {
            return problem.ToAnswer();
        }

        var windows = await store.PageAsync(ns, name, from, most, cancellation);
        return Results.Json(new MonitorWindowList(windows), MonitorWindowContext.Default.MonitorWindowList);
    }

    private static int Number(string name, string? text, int absent, int least, int most, List<Fault> faults)
    {
        if (text is null)
        {
            return absent;
        }

        if (int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add(new Fault(name, $"'{text}' is not a whole number from {least} to {most}"));
        return absent;
    }
}
