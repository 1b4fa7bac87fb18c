using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Experiments;

/// <summary><c>POST /experiments {"display_name", "description", "namespace"}</c>: 409 when the namespace has the name.</summary>
internal static class CreateExperiment
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/experiments", HandleAsync).RequirePermission("experiments.create");

    private static async Task<IResult> HandleAsync(HttpRequest request, ExperimentStore store, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        var (name, description) = (body.Required("display_name", 128), body.Text("description", 64 * 1024));
        if (!KfpNamespace.Read(body.Text("namespace")).TryGet(out var ns, out problem))
        {
            body.Fault("namespace", problem.Message);
        }

        return body.Faults.Count > 0
            ? Problem.Invalid(body.Faults).ToKfpAnswer()
            : (await store.CreateAsync(ns!, name!, description ?? "", cancellation)).Select(ExperimentWire.Of).ToKfpAnswer(ExperimentWireContext.Default.ExperimentWire);
    }
}
