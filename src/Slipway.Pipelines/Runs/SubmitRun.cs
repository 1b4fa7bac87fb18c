using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Reading;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary>
/// <c>POST .../pipelineruns {"pipeline" | "spec", "parameters", "reason", "idempotencyKey", "displayName", "options"}</c>: 201 with the run. <c>pipeline</c> names a
/// Pipeline resource; <c>spec</c> is a pipeline in the IR, bare or with its platform document.
/// </summary>
internal static class SubmitRun
{
    private const int MaxKey = 256;
    private const int MaxBytes = 40 << 20;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/slipway/v1/namespaces/{ns}/pipelineruns", HandleAsync).RequirePermission("pipelineruns.create");

    private static async Task<IResult> HandleAsync(
        string ns, HttpRequest request, IPipelineRuns runs, RunService service, TimeProvider time, CancellationToken cancellation)
    {
        if (!(await JsonBody.ReadObjectAsync(request, cancellation, MaxBytes)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var pipeline = Text(body, "pipeline", faults);
        var reason = Text(body, "reason", faults) ?? "submitted by hand";
        var key = Text(body, "idempotencyKey", faults) ?? Id.New(time);
        var displayName = Text(body, "displayName", faults);
        var spec = body["spec"] as JsonObject;
        if (string.IsNullOrEmpty(pipeline) == spec is null)
        {
            faults.Add(new Fault("pipeline", "is required: the name of a Pipeline in this namespace, or else spec, the pipeline itself"));
        }

        if (body["parameters"] is not (null or JsonObject))
        {
            faults.Add(new Fault("parameters", "must be an object"));
        }

        if (key.Length is 0 or > MaxKey)
        {
            faults.Add(new Fault("idempotencyKey", $"must have 1 to {MaxKey} characters"));
        }

        var options = Options(body, faults);
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        var parameters = body["parameters"]?.DeepClone() as JsonObject ?? [];
        if (spec is null)
        {
            return Answer(await runs.SubmitAsync(new SubmitPipelineRun(ns, pipeline!, parameters, key, reason), cancellation));
        }

        if (!PipelineReader.Read(spec, "spec").TryGet(out var source, out problem))
        {
            return problem.ToAnswer();
        }

        var submitted = await service.SubmitAsync(
            new RunSubmission(ns, source.Spec, parameters) { IdempotencyKey = key, Reason = reason, DisplayName = displayName, Options = options }, cancellation);
        return submitted.TryGet(out var run, out problem) ? Answer(await runs.GetAsync(ns, run.Id, cancellation)) : problem.ToAnswer();
    }

    internal static IResult Answer(Result<PipelineRun> run) =>
        run.ToAnswer(r => Results.Json(RunWire.Of(r), RunWireContext.Default.RunWire, statusCode: StatusCodes.Status201Created));

    private static RunOptions Options(JsonObject body, List<Fault> faults)
    {
        if (body["options"] is null)
        {
            return RunOptions.Default;
        }

        try
        {
            var options = RunOptionsJson.Read(body["options"]!.ToJsonString());
            if (options.MaxParallel is < 1)
            {
                faults.Add(new Fault("options.maxParallel", "must be at least 1"));
            }

            if (options.DeadlineSeconds is < 1 or > 315_360_000)
            {
                faults.Add(new Fault("options.deadlineSeconds", "must be from 1 to 315360000"));
            }

            return options;
        }
        catch (JsonException exception)
        {
            faults.Add(new Fault("options", $"cannot be read: {exception.Message}; there are enableCache, failure (KeepGoing, FailFast, Stop), priority, maxParallel, deadlineSeconds"));
            return RunOptions.Default;
        }
    }

    private static string? Text(JsonObject body, string name, List<Fault> faults)
    {
        switch (body[name])
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text;
            default:
                faults.Add(new Fault(name, "must be a string"));
                return null;
        }
    }
}
