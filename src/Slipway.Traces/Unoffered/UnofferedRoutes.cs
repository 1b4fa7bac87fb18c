using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Traces.Unoffered;

/// <summary>
/// What MLflow's server offers and this one does not, with a clear word instead of a 404: a client then knows that the server understood. All of it
/// calls paid services of language models with keys that the server would have to keep, or is a view on Databricks' own tables.
/// </summary>
internal static class UnofferedRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var method in (ReadOnlySpan<string>)["GET", "POST", "PATCH", "DELETE"])
        {
            Map(routes, method, "3.0/mlflow/gateway/{**path}", "The gateway to language models: call their providers from your own code, and trace the calls here.");
            Map(routes, method, "3.0/mlflow/prompt-optimization/{**path}", "Optimising prompts on the server: run the optimiser in your own process; prompts are kept in the registry here.");
        }

        Map(routes, "POST", "3.0/mlflow/scorer/invoke", "Running scorers on the server: evaluate in your own process, and log the feedback here.");
        Map(routes, "GET", "2.0/mlflow/unified-traces", "Searching traces in a SQL warehouse: search them with 3.0/mlflow/traces/search.");
        Map(routes, "GET", "2.0/mlflow/get-online-trace-details", "Traces in inference tables: they are a feature of Databricks.");
    }

    private static void Map(IEndpointRouteBuilder routes, string method, string path, string what) =>
        routes.MapMlflow(method, path, _ => Task.FromResult<Result<MlflowReply>>(new Problem(ProblemCode.Unsupported, $"This server does not offer it. {what}")))
            .RequirePermission("traces.read");
}
