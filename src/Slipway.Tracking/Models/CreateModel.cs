using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Models;

/// <summary><c>POST logged-models</c> {experiment_id, name, model_type, source_run_id, params, tags} -> {model}, pending until its files are there.</summary>
internal static class CreateModel
{
    private const string NotInNames = "/:.%\"'";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", ModelCalls.Route, HandleAsync).RequirePermission("logged-models.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experimentId, name, type, run) = (fields.Required("experiment_id"), fields.Text("name") ?? "", fields.Text("model_type") ?? "", fields.Text("source_run_id") ?? "");
        var (parameters, tags) = (fields.Pairs("params"), fields.Pairs("tags"));
        if ((fields.Problem ?? CheckName(name) ?? MlflowNames.Length("model_type", 500, type) ?? MlflowNames.Length("source_run_id", 256, run)
            ?? ModelCalls.CheckParams(parameters) ?? ModelCalls.CheckTags(tags)
            ?? await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation)) is { } bad)
        {
            return bad;
        }

        name = name.Length > 0 ? name : RunNames.Make(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        var (id, now) = ("m-" + RandomNumberGenerator.GetHexString(32, lowercase: true), call.Now());
        return await call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveExperimentAsync(session, call.Namespace, experimentId)).TryGet(out var experiment, out var problem))
                {
                    return problem;
                }

                var number = await ModelStore.AddAsync(session, experiment, id, name, type, run, now);
                await ModelStore.AddParamsAsync(session, number, parameters);
                await ModelStore.SetTagsAsync(session, number, tags);
                var model = (await ModelStore.FindAsync(session, call.Namespace, id))!;
                await TrackingEvents.ModelAsync(session, "logged-model.created", model);
                return ModelJson.Reply(model, await ModelStore.PartsAsync(session, [number]));
            },
            call.Cancellation);
    }

    private static Problem? CheckName(string name) => name.AsSpan().IndexOfAny(NotInNames) < 0
        ? MlflowNames.Length("name", 500, name)
        : Problem.Invalid(
            $"Invalid model name ('{name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")");
}
