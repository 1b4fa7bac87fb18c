using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary><c>POST .../pipelineruns {"pipeline", "parameters", "reason", "idempotencyKey"}</c>: 201 with the run.</summary>
internal static class SubmitRun
{
    private const int MaxKey = 256;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/slipway/v1/namespaces/{ns}/pipelineruns", HandleAsync).RequirePermission("pipelineruns.create");

    private static async Task<IResult> HandleAsync(string ns, HttpRequest request, IPipelineRuns runs, TimeProvider time, CancellationToken cancellation)
    {
        if (!(await JsonBody.ReadObjectAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        var faults = new List<Fault>();
        var pipeline = Text(body, "pipeline", faults);
        var reason = Text(body, "reason", faults) ?? "submitted by hand";
        var key = Text(body, "idempotencyKey", faults) ?? Id.New(time);
        if (string.IsNullOrEmpty(pipeline))
        {
            faults.Add(new Fault("pipeline", "is required: the name of a Pipeline in this namespace"));
        }

        if (body["parameters"] is not (null or JsonObject))
        {
            faults.Add(new Fault("parameters", "must be an object"));
        }

        if (key.Length is 0 or > MaxKey)
        {
            faults.Add(new Fault("idempotencyKey", $"must have 1 to {MaxKey} characters"));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        var submitted = await runs.SubmitAsync(
            new SubmitPipelineRun(ns, pipeline!, body["parameters"]?.DeepClone() as JsonObject ?? [], key, reason), cancellation);
        return submitted.ToAnswer(run => Results.Json(RunWire.Of(run), RunWireContext.Default.RunWire, statusCode: StatusCodes.Status201Created));
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
