using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/create</c> {experiment_id, user_id, run_name, start_time, tags} -> {run}</summary>
internal static class CreateRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/create", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experimentId, user, name) = (fields.Text("experiment_id") ?? "", fields.Text("user_id") ?? "", fields.Text("run_name") ?? "");
        var started = fields.Micros("start_time") ?? call.Now();
        var tags = fields.Objects("tags").Select((t, i) => LogFields.Tag(t, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"tags[{i}]"))).ToList();
        if ((fields.Problem ?? MlflowNames.Length("run_name", 8000, name) ?? MlflowNames.Length("user_id", 256, user)
            ?? await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation)) is { } bad)
        {
            return bad;
        }

        var tagged = tags.FirstOrDefault(t => t.Key == RunLog.NameTag).Value ?? "";
        if (name.Length > 0 && tagged.Length > 0 && name != tagged)
        {
            return Problem.Invalid(
                $"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{name}', mlflow.runName='{tagged}').");
        }

        name = name.Length > 0 ? name : tagged.Length > 0 ? tagged : RunNames.Make(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        if (tagged.Length == 0)
        {
            tags.Add(new(RunLog.NameTag, name));
        }

        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var made = await call.Service<IDatabase>().WriteAsync<RunRow>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveExperimentAsync(session, call.Namespace, experimentId)).TryGet(out var experiment, out var problem))
                {
                    return problem;
                }

                var number = (await RunStore.AddAsync(session, experiment, id, name, "RUNNING", user, started))!.Value;
                await ValueStore.SetTagsAsync(session, number, tags);
                var run = new RunRow(
                    number, call.Namespace, id, experiment.Number, experiment.Id, experiment.Name, experiment.ArtifactLocation, name, "RUNNING", Lifecycle.Active, user,
                    started, null);
                await TrackingEvents.RunAsync(session, "run.started", run.ToSummary());
                return run;
            },
            call.Cancellation);
        return made.Select(run => MlflowReply.Object(writer =>
        {
            writer.WritePropertyName("run");
            writer.WriteRun(run, RunParts.OfNew(run, tags));
        }));
    }
}
