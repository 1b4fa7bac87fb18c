using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Events;
using Slipway.Platform.Http;

namespace Slipway.Server.Audit;

/// <summary><c>GET /api/slipway/v1/audit/verify</c>: walks the whole event log. <c>{"events", "intact", "firstBroken"}</c>.</summary>
internal static partial class VerifyAudit
{
    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/audit/verify", HandleAsync).RequirePermission("audit.read");

    private static async Task HandleAsync(HttpContext http)
    {
        var events = (IEventLog)http.RequestServices.GetService(typeof(IEventLog))!;
        var head = await events.HeadAsync(http.RequestAborted);
        var verified = await events.VerifyAsync(http.RequestAborted);
        var answer = new JsonObject { ["events"] = head, ["intact"] = verified.Succeeded, ["firstBroken"] = null };
        if (verified.TryGet(out var count, out var problem))
        {
            answer["events"] = count;
        }
        else
        {
            answer["firstBroken"] = Number().Match(problem.Message) is { Success: true } match
                ? long.Parse(match.Value, CultureInfo.InvariantCulture)
                : null;
            answer["message"] = problem.Message;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }
}
