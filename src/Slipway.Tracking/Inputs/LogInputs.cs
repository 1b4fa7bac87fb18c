using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Inputs;

/// <summary><c>POST runs/log-inputs</c> {run_id, datasets, models}: what the run read.</summary>
internal static class LogInputs
{
    private const int MostDatasets = 1000;
    private const int MostRequestBytes = 28 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/runs/log-inputs", HandleAsync, MostRequestBytes).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Fields.Required("run_id");
        var datasets = call.Fields.Objects("datasets").Select(ReadDataset).ToArray();
        var models = call.Fields.Objects("models").Select(m => m.Required("model_id")).ToArray();
        if ((call.Fields.Problem ?? MlflowNames.RunId(id)) is { } bad)
        {
            return bad;
        }

        if (datasets.Length > MostDatasets)
        {
            return Problem.Invalid(
                $"A batch logging request can contain at most {MostDatasets} datasets. Got {datasets.Length} datasets. Please split up datasets across multiple requests and try again.");
        }

        var logged = await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveRunAsync(session, call.Namespace, id)).TryGet(out var run, out var problem))
                {
                    return problem;
                }

                foreach (var (dataset, tags) in datasets)
                {
                    await InputStore.AddDatasetAsync(session, run.Number, run.Experiment, dataset, tags);
                }

                await InputStore.AddModelInputsAsync(session, run.Number, models);
                return default(Unit);
            },
            call.Cancellation);
        return logged.Select(_ => MlflowReply.Empty);
    }

    private static (DatasetRow Dataset, IReadOnlyList<KeyValuePair<string, string>> Tags) ReadDataset(MlflowFields fields)
    {
        var tags = fields.Objects("tags").Select(t => new KeyValuePair<string, string>(t.Required("key"), t.Text("value") ?? "")).ToArray();
        if (fields.Object("dataset") is not { } given)
        {
            fields.RejectMissing("dataset");
            return (new DatasetRow(0, "", "", "", "", null, null), tags);
        }

        var dataset = new DatasetRow(
            0, given.Required("name"), given.Required("digest"), given.Required("source_type"), given.Required("source"), given.Text("schema"), given.Text("profile"));
        var bad = MlflowNames.Length("name", 500, dataset.Name) ?? MlflowNames.Length("digest", 36, dataset.Digest) ?? MlflowNames.Length("source", 65_535, dataset.Source)
            ?? MlflowNames.Length("schema", 1_048_575, dataset.Schema) ?? MlflowNames.Length("profile", 16_777_215, dataset.Profile)
            ?? tags.Select(t => MlflowNames.Length("key", 255, t.Key) ?? MlflowNames.Length("value", 500, t.Value)).FirstOrDefault(p => p is not null);
        if (bad is not null)
        {
            fields.Reject(bad);
        }

        return (dataset, tags);
    }
}
