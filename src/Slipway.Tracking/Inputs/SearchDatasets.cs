using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Inputs;

/// <summary><c>POST experiments/search-datasets</c> {experiment_ids} -> {dataset_summaries}: what the experiments' runs read, each use once.</summary>
internal static class SearchDatasets
{
    private const int MostExperiments = 20;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/search-datasets", HandleAsync).RequirePermission("experiments.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var ids = call.Fields.Texts("experiment_ids");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (ids.Count is 0 or > MostExperiments)
        {
            return Problem.Invalid(ids.Count == 0
                ? "SearchDatasets request must specify at least one experiment_id."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"SearchDatasets request cannot specify more than {MostExperiments} experiment_ids. Received {ids.Count} experiment_ids."));
        }

        var found = await call.Service<IDatabase>().ReadAsync((session, _) => InputStore.SummariesAsync(session, call.Namespace, ids), call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            writer.WriteStartArray("dataset_summaries");
            foreach (var summary in found)
            {
                writer.WriteStartObject();
                writer.WriteString("experiment_id", summary.ExperimentId);
                writer.WriteString("name", summary.Name);
                writer.WriteString("digest", summary.Digest);
                writer.WriteSet("context", summary.Context);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
