using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Graph;

namespace Slipway.Tracking.Workspaces;

/// <summary>What clients ask before they begin: <c>/health</c>, and what this server can do; and the pages' GraphQL. <c>/version</c> is shared with Kubernetes' clients.</summary>
internal static class ServerFacts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", (RequestDelegate)(http => http.Response.WriteAsync("OK", http.RequestAborted))).Public();
        routes.MapMlflow("GET", "3.0/mlflow/server-info", InfoAsync).Public();

        // What its queries name are reads of runs, experiments, artifacts and models.
        routes.MapMlflowGraph().RequirePermission("runs.read");
    }

    private static Task<Result<MlflowReply>> InfoAsync(MlflowCall call) => Task.FromResult(Result.From(MlflowReply.Object(writer =>
    {
        writer.WriteString("store_type", "SqlStore");
        writer.WriteBoolean("workspaces_enabled", true);
    })));
}
