using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary>
/// <c>POST /runs {"display_name", "experiment_id", "pipeline_spec" | "pipeline_version_reference", "runtime_config"}</c>; 400 with every fault of the spec and the inputs.
/// Beyond upstream: <c>options {enable_caching, failure_policy: KEEP_GOING | FAIL_FAST, priority, max_parallelism, deadline_seconds}</c>.
/// </summary>
internal static class CreateRun
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/runs", HandleAsync).RequirePermission("pipelineruns.create");

    private static async Task<IResult> HandleAsync(HttpRequest request, RunSources sources, RunCreation creation, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        var (name, description, account) = (body.Text("display_name", 1024), body.Text("description", 64 * 1024), body.Text("service_account"));
        var experimentId = body.Text("experiment_id") ?? (request.Query["experiment_id"].ToString() is { Length: > 0 } asked ? asked : null);
        var (config, options, source) = (RuntimeConfig.Read(body), ReadOptions(body), RunSource.Read(body));
        if (source is null || body.Faults.Count > 0)
        {
            return Problem.Invalid(body.Faults).ToKfpAnswer();
        }

        if (!(await sources.ExperimentAsync(experimentId, cancellation)).TryGet(out var experiment, out problem)
            || !(await sources.FindAsync(source, cancellation)).TryGet(out var found, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var order = new RunOrder(found, experiment, config)
        {
            DisplayName = name, Description = description ?? "", ServiceAccount = account, Reason = "submitted through the Kubeflow Pipelines API", Options = options,
        };
        var created = await creation.CreateAsync(order, cancellation);
        return created.ToKfpAnswer(row =>
        {
            var json = RunWire.Of(row);
            if (source.Spec is { } spec)
            {
                json["pipeline_spec"] = System.Text.Json.Nodes.JsonNode.Parse(spec);
            }

            return Results.Text(json.ToJsonString(), "application/json");
        });
    }

    private static RunOptions ReadOptions(KfpBody body)
    {
        if (body.Message("options") is not { } given)
        {
            return RunOptions.Default;
        }

        var policy = given.Enum("failure_policy", "KEEP_GOING", "FAIL_FAST");
        return new RunOptions(
            given.Has("enable_caching") ? given.Flag("enable_caching") : null,
            policy == "FAIL_FAST" ? FailureMode.FailFast : FailureMode.KeepGoing,
            (int)(Bounded(given, "priority", -1000, 1000) ?? 0),
            (int?)Bounded(given, "max_parallelism", 1, 10_000),
            Bounded(given, "deadline_seconds", 1, 100L * 366 * 24 * 3600));
    }

    private static long? Bounded(KfpBody body, string name, long min, long max)
    {
        var value = body.Number(name);
        if (value < min || value > max)
        {
            body.Fault(name, $"must lie from {min} to {max}");
            return null;
        }

        return value;
    }
}
