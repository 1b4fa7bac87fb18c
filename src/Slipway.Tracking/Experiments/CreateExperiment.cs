using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary><c>POST experiments/create</c> {name, artifact_location, tags} -> {experiment_id}. A deleted experiment keeps its name,
/// since it may be restored; removing it for good frees the name.</summary>
internal static class CreateExperiment
{
    private const int LongestLocation = 2048;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/create", HandleAsync).RequirePermission("experiments.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, location) = (call.Fields.Required("name"), call.Fields.Text("artifact_location"));
        var tags = call.Fields.Objects("tags").Select(t => new KeyValuePair<string, string>(t.Required("key"), t.Text("value") ?? "")).ToArray();
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if ((MlflowNames.ExperimentName(name) ?? CheckLocation(location) ?? tags.Select(t => ExperimentTags.Check(t.Key, t.Value)).FirstOrDefault(p => p is not null)) is { } wrong)
        {
            return wrong;
        }

        if (await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation) is { } failed)
        {
            return failed;
        }

        var now = call.Now();
        var made = await call.Service<IDatabase>().WriteAsync<ExperimentRow>(
            async (session, _) =>
            {
                if (await ExperimentStore.FindByNameAsync(session, call.Namespace, name) is { Lifecycle: Lifecycle.Deleted } deleted)
                {
                    return ExperimentCalls.NameKept(deleted);
                }

                if (await ExperimentStore.AddAsync(session, call.Namespace, name, string.IsNullOrEmpty(location) ? null : location, now) is not { } added)
                {
                    return ExperimentCalls.NameTaken(name);
                }

                await ExperimentStore.SetTagsAsync(session, added.Number, tags, now);
                await TrackingEvents.ExperimentAsync(session, "experiment.created", added);
                return added;
            },
            call.Cancellation);
        return made.Select(experiment => MlflowReply.Object(writer => writer.WriteString("experiment_id", experiment.Id)));
    }

    private static Problem? CheckLocation(string? location)
    {
        if (string.IsNullOrEmpty(location))
        {
            return null;
        }

        if (location.Length > LongestLocation)
        {
            return Problem.Invalid(
                $"Invalid artifact path length. The length of the artifact path cannot be greater than {LongestLocation} characters.");
        }

        var query = location.IndexOf('?', StringComparison.Ordinal);
        var place = query < 0 ? location : location[..query];
        if (location.Contains('#', StringComparison.Ordinal) || place.Contains(';', StringComparison.Ordinal))
        {
            return Problem.Invalid("'artifact_location' URL can't include fragments or params.");
        }

        if (location.StartsWith("runs:", StringComparison.Ordinal))
        {
            return Problem.Invalid($"Artifact location cannot be a runs:/ URI. Given: '{location}'");
        }

        var rest = query < 0 ? "" : Uri.UnescapeDataString(location[query..]);
        return rest.Contains("..", StringComparison.Ordinal) ? Problem.Invalid($"Invalid query string: {rest}") : null;
    }
}
