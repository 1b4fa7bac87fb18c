using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Repository;

/// <param name="Version">Empty for a model of which no version is loaded.</param>
/// <param name="State">READY, LOADING or UNAVAILABLE, as the protocol has them.</param>
internal sealed record IndexEntry(string Name, string Version, string State, string Reason);

/// <summary>
/// The extension model_repository over InferenceServices: unloading stops a service (KServe's annotation serving.kserve.io/stop), so that it is
/// still stopped after a restart and kubectl shows it; loading starts it again, or serves a registered model that no service serves yet.
/// </summary>
internal sealed class ModelRepository(IResourceStore resources, IModelRegistry registry, InferenceServiceController controller, RouteTable routes)
{
    private const string Manager = "model-repository";
    private const string Ready = "READY";

    public async Task<Result<IReadOnlyList<IndexEntry>>> IndexAsync(string ns, bool readyOnly, CancellationToken cancellation)
    {
        var listed = await resources.ListAsync(InferenceServiceKind.Definition, new ListQuery(ns), cancellation);
        return listed.Select<IReadOnlyList<IndexEntry>>(all =>
            [.. all.Items.OrderBy(r => r.Name, StringComparer.Ordinal).SelectMany(Entries).Where(e => !readyOnly || e.State == Ready)]);
    }

    /// <summary>Ends when the model answers, or with the reason why it does not.</summary>
    public async Task<Result<Unit>> LoadAsync(string ns, string model, CancellationToken cancellation)
    {
        var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, model, cancellation);
        var wanted = found.Succeeded ? await StartAsync(found.Value, cancellation) : await ServeAsync(ns, model, cancellation);
        if (!wanted.Succeeded)
        {
            return wanted.Problem;
        }

        // What moves the world is the controller; asking it at once spares the caller a wait for its turn.
        await controller.ReconcileAsync(new ResourceRef(ns, model), cancellation);
        if (routes.Find(ns, model)?.Stable is not null)
        {
            return Result.Ok;
        }

        var failed = await resources.GetAsync(InferenceServiceKind.Definition, ns, model, cancellation);
        return Problem.Invalid($"Model '{model}' could not be loaded: {(failed.Succeeded ? Reason(failed.Value) : failed.Problem.Message)}");
    }

    /// <summary>Ends when the model takes no more requests; it is freed when those under way have ended.</summary>
    public async Task<Result<Unit>> UnloadAsync(string ns, string model, CancellationToken cancellation)
    {
        var annotated = await AnnotateAsync(ns, model, "true", cancellation);
        if (!annotated.Succeeded)
        {
            return annotated.Problem.Code == ProblemCode.NotFound ? Problem.NotFound($"Model '{model}'") : annotated.Problem;
        }

        await controller.ReconcileAsync(new ResourceRef(ns, model), cancellation);
        return Result.Ok;
    }

    private async Task<Result<Resource>> StartAsync(Resource service, CancellationToken cancellation) =>
        ServiceSpec.IsStopped(service.Json) ? await AnnotateAsync(service.Namespace, service.Name, null, cancellation) : service;

    private async Task<Result<Resource>> ServeAsync(string ns, string model, CancellationToken cancellation)
    {
        var newest = (await registry.ListVersionsAsync(ns, model, cancellation)).MaxBy(v => v.Version);
        if (newest is null)
        {
            return Problem.NotFound($"Model '{model}': neither an inference service nor a registered model of that name");
        }

        var service = Resource.Create(InferenceServiceKind.Definition, ns, model);
        service.Json["spec"] = new JsonObject
        {
            ["predictor"] = new JsonObject
            {
                ["model"] = new JsonObject
                {
                    ["modelFormat"] = new JsonObject { ["name"] = newest.Format }, ["storageUri"] = $"models:/{model}/{newest.Version}",
                },
            },
        };
        return await resources.CreateAsync(InferenceServiceKind.Definition, service, new WriteOptions(Manager), cancellation);
    }

    private Task<Result<Resource>> AnnotateAsync(string ns, string model, string? stop, CancellationToken cancellation) => resources.PatchAsync(
        InferenceServiceKind.Definition, ns, model, PatchType.Merge,
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ServiceSpec.StopAnnotation] = stop } } },
        null, new WriteOptions(Manager), cancellation);

    private IEnumerable<IndexEntry> Entries(Resource service)
    {
        if (ServiceSpec.IsStopped(service.Json))
        {
            return [new IndexEntry(service.Name, "", "UNAVAILABLE", "unloaded")];
        }

        var loaded = routes.Find(service.Namespace, service.Name)?.Loaded.Select(r => r.VersionText).Distinct().ToArray() ?? [];
        return loaded.Length > 0
            ? loaded.Select(version => new IndexEntry(service.Name, version, Ready, ""))
            : [new IndexEntry(service.Name, "", service.Status["conditions"] is null ? "LOADING" : "UNAVAILABLE", Reason(service))];
    }

    private static string Reason(Resource service) =>
        (service.Status["conditions"] as JsonArray)?.FirstOrDefault(c => (string?)c?["type"] == "PredictorReady")?["message"]?.GetValue<string>() ?? "";
}
