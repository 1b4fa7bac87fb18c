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
internal sealed class ModelRepository(IResourceStore resources, IModelRegistry registry, InferenceServiceController controller, RouteTable routes, ModelProbe probe)
{
    private const string Manager = "model-repository";
    private const string Ready = "READY";
    private const string UnloadDependents = "unload_dependents";

    public async Task<Result<IReadOnlyList<IndexEntry>>> IndexAsync(string ns, bool readyOnly, CancellationToken cancellation)
    {
        var listed = await resources.ListAsync(InferenceServiceKind.Definition, new ListQuery(ns), cancellation);
        return listed.Select<IReadOnlyList<IndexEntry>>(all =>
            [.. all.Items.OrderBy(r => r.Name, StringComparer.Ordinal).SelectMany(Entries).Where(e => !readyOnly || e.State == Ready)]);
    }

    /// <summary>
    /// Ends when the model answers, or with the reason why it does not. What is sent along becomes part of the InferenceService, so that it holds after a restart too; a model
    /// or a configuration that cannot be is refused before anything has changed.
    /// </summary>
    public async Task<Result<Unit>> LoadAsync(string ns, string model, LoadParameters parameters, CancellationToken cancellation)
    {
        if (parameters.Override?.Name is { Length: > 0 } named && named != model)
        {
            return Problem.Invalid($"config.name: is '{named}', the model is '{model}'");
        }

        if (!parameters.ChooseFile().TryGet(out var file, out var problem))
        {
            return problem;
        }

        var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, model, cancellation);
        var wanted = found.Succeeded
            ? await ChangeAsync(found.Value, parameters, file, cancellation)
            : await ServeAsync(ns, model, parameters, file, cancellation);
        if (!wanted.Succeeded)
        {
            return wanted.Problem;
        }

        // What moves the world is the controller; asking it at once spares the caller a wait for its turn.
        await controller.ReconcileAsync(new ResourceRef(ns, model), cancellation);
        if (routes.Find(ns, model) is { Stable: not null } route && (file is null || route.Loaded.Any(r => r.Revision.ModelVersion == file.Version)))
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

    /// <summary>What is wrong with a parameter of an unload; null for unload_dependents, which has no effect, since no model here is made of others.</summary>
    public static Problem? RefuseUnload(string name, bool isFlag) => name != UnloadDependents
        ? Problem.Invalid($"parameters.{name}: is not known; an unload takes {UnloadDependents}")
        : isFlag ? null : Problem.Invalid($"parameters.{UnloadDependents}: must be true or false");

    private async Task<Result<Resource>> ChangeAsync(Resource service, LoadParameters parameters, ModelFile? file, CancellationToken cancellation)
    {
        var (ns, name) = (service.Namespace, service.Name);
        if (parameters.IsEmpty)
        {
            return ServiceSpec.IsStopped(service.Json) ? await AnnotateAsync(ns, name, null, cancellation) : service;
        }

        var model = ServiceSpec.At(service.Json, "spec", "predictor", "model");
        var (uri, format) = (model?["storageUri"]?.ToString() ?? "", model?["modelFormat"]?["name"]?.ToString() ?? ModelFormats.Onnx);
        if (file is null && parameters.Override?.Version is { } version)
        {
            if (!StorageUri.Parse(uri).TryGet(out var source, out _) || source.RegisteredModel is not { } registered)
            {
                return Problem.Invalid("config.version_policy: the service's model is not a registered one, so there are no versions to choose from");
            }

            uri = $"models:/{registered}/{version}";
        }

        if (!(await PlaceAsync(ns, uri, format, parameters, file, cancellation)).TryGet(out var place, out var problem))
        {
            return problem;
        }

        var annotations = parameters.Override?.Annotations ?? [];
        annotations[ServiceSpec.StopAnnotation] = null;
        var predictor = parameters.Override?.Predictor ?? [];
        if (file is not null || parameters.Override?.Version is not null)
        {
            predictor["model"] = ModelAt(place, file is null ? format : ModelFormats.Onnx);
        }

        return await PatchAsync(ns, name, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations }, ["spec"] = new JsonObject { ["predictor"] = predictor } }, cancellation);
    }

    private async Task<Result<Resource>> ServeAsync(string ns, string model, LoadParameters parameters, ModelFile? file, CancellationToken cancellation)
    {
        var (uri, format) = ("", ModelFormats.Onnx);
        if (file is null)
        {
            var versions = await registry.ListVersionsAsync(ns, model, cancellation);
            if (versions.Count == 0)
            {
                return new Problem(ProblemCode.NotFound, $"Model '{model}' not found: neither an inference service nor a registered model has that name");
            }

            var asked = parameters.Override?.Version;
            var newest = asked is null ? versions.MaxBy(v => v.Version) : versions.FirstOrDefault(v => v.Version == asked);
            if (newest is null)
            {
                return Problem.NotFound($"Version {asked} of model '{model}'");
            }

            (uri, format) = ($"models:/{model}/{newest.Version}", newest.Format);
        }

        if (!(await PlaceAsync(ns, uri, format, parameters, file, cancellation)).TryGet(out var place, out var problem))
        {
            return problem;
        }

        var service = Resource.Create(InferenceServiceKind.Definition, ns, model);
        var predictor = WithoutNulls(parameters.Override?.Predictor ?? []);
        predictor["model"] = ModelAt(place, format);
        service.Json["spec"] = new JsonObject { ["predictor"] = predictor };
        service.Metadata["annotations"] = WithoutNulls(parameters.Override?.Annotations ?? []);
        return await resources.CreateAsync(InferenceServiceKind.Definition, service, new WriteOptions(Manager), cancellation);
    }

    /// <summary>Where the model is: where it was, or where the file that came along has been put. Checked whenever the load says something of it.</summary>
    private async Task<Result<string>> PlaceAsync(string ns, string uri, string format, LoadParameters parameters, ModelFile? file, CancellationToken cancellation)
    {
        if (file is not null)
        {
            if (!(await probe.KeepAsync(file, cancellation)).TryGet(out var stored, out var problem))
            {
                return problem;
            }

            (uri, format) = (stored.ToString(), ModelFormats.Onnx);
        }

        return (file is null && parameters.Override is null ? null : await probe.CheckAsync(ns, uri, format, parameters.Override, cancellation)) is { } refused ? refused : uri;
    }

    private static JsonObject ModelAt(string uri, string format) => new() { ["modelFormat"] = new JsonObject { ["name"] = format }, ["storageUri"] = uri };

    private static JsonObject WithoutNulls(JsonObject members)
    {
        foreach (var name in members.Where(m => m.Value is null).Select(m => m.Key).ToArray())
        {
            members.Remove(name);
        }

        return members;
    }

    private Task<Result<Resource>> AnnotateAsync(string ns, string model, string? stop, CancellationToken cancellation) => PatchAsync(
        ns, model, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ServiceSpec.StopAnnotation] = stop } } }, cancellation);

    private Task<Result<Resource>> PatchAsync(string ns, string model, JsonObject patch, CancellationToken cancellation) =>
        resources.PatchAsync(InferenceServiceKind.Definition, ns, model, PatchType.Merge, patch, null, new WriteOptions(Manager), cancellation);

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
