using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Catalog;
using Slipway.Pipelines.Experiments;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Packages;

namespace Slipway.Pipelines.RunApi;

/// <summary>Which pipeline a run or recurring run is of, as its message says it: the spec itself, or a version, or a pipeline whose newest version is meant.</summary>
/// <param name="Spec">The spec as JSON, when the message carried it.</param>
internal sealed record RunSource(string? PipelineId, string? VersionId, string? Spec)
{
    /// <summary>Faults go to the body; null then.</summary>
    public static RunSource? Read(KfpBody body)
    {
        var reference = body.Message("pipeline_version_reference");
        var (pipeline, version) = (reference?.Text("pipeline_id"), reference?.Text("pipeline_version_id") ?? body.Text("pipeline_version_id"));
        var spec = body.Object("pipeline_spec");
        if (spec is not null && (pipeline ?? version) is not null)
        {
            body.Fault("pipeline_spec", "give either a pipeline_spec or a pipeline_version_reference");
        }
        else if (spec is null && pipeline is null && version is null)
        {
            body.Fault("pipeline_spec", "a pipeline_spec or a pipeline_version_reference is required");
        }
        else if (spec is not null)
        {
            if (PipelineDocument.FromStruct(spec).TryGet(out var document, out var problem))
            {
                return new RunSource(null, null, document.Wire);
            }

            foreach (var fault in problem.Faults.Count > 0 ? problem.Faults : [new Fault("pipeline_spec", problem.Message)])
            {
                body.Fault(fault.Path, fault.Message);
            }
        }
        else
        {
            return new RunSource(pipeline, version, null);
        }

        return null;
    }
}

/// <summary>The source with everything it names found.</summary>
internal sealed record FoundSource(PipelineDocument Document, string? PipelineId, string? VersionId);

/// <summary>Finds what messages refer to.</summary>
internal sealed class RunSources(CatalogStore catalog, ExperimentStore experiments)
{
    public async Task<Result<FoundSource>> FindAsync(RunSource source, CancellationToken cancellation)
    {
        if (source.Spec is { } spec)
        {
            return PipelineDocument.FromWire(spec).Select(d => new FoundSource(d, null, null));
        }

        var version = source.VersionId is { } id
            ? await catalog.FindVersionAsync(id, cancellation)
            : await catalog.FindNewestVersionAsync(source.PipelineId!, cancellation);
        if (version is null || (source.PipelineId is { } pipeline && version.PipelineId != pipeline))
        {
            return Problem.NotFound(source.VersionId is null ? $"a version of pipeline {source.PipelineId}" : $"version {source.VersionId} of pipeline {source.PipelineId ?? "(any)"}");
        }

        return PipelineDocument.FromWire(version.Spec).Select(d => new FoundSource(d, version.PipelineId, version.Id));
    }

    /// <summary>The experiment of a new run: the one named, or the namespace's default. An archived one takes none.</summary>
    public async Task<Result<ExperimentRow>> ExperimentAsync(string? id, CancellationToken cancellation, string? ns = null)
    {
        if (id is null)
        {
            return KfpNamespace.Read(ns).TryGet(out var home, out var problem) ? await experiments.DefaultAsync(home, cancellation) : problem;
        }

        return await experiments.FindAsync(id, cancellation) switch
        {
            null => Problem.NotFound($"experiment {id}"),
            { StorageState: ExperimentStore.Archived } => Problem.Invalid($"experiment {id} is archived: unarchive it before running anything in it"),
            var found => found,
        };
    }

    public Task<ExperimentRow> DefaultExperimentAsync(string ns, CancellationToken cancellation) => experiments.DefaultAsync(ns, cancellation);

    public Task TouchAsync(string experiment, DateTimeOffset at, CancellationToken cancellation) => experiments.TouchAsync(experiment, at, cancellation);
}

/// <summary>How it is run: <c>runtime_config {parameters, pipeline_root}</c>.</summary>
internal sealed record RuntimeConfig(JsonObject Parameters, string? PipelineRoot)
{
    public static RuntimeConfig Read(KfpBody body)
    {
        var config = body.Message("runtime_config");
        return new RuntimeConfig((JsonObject?)config?.Object("parameters")?.DeepClone() ?? [], config?.Text("pipeline_root", 2048));
    }

    public static RuntimeConfig Parse(string json)
    {
        var config = (JsonObject)JsonNode.Parse(json)!;
        return new RuntimeConfig((JsonObject?)config["parameters"]?.DeepClone() ?? [], (string?)config["pipeline_root"]);
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["parameters"] = Parameters.DeepClone() };
        if (PipelineRoot is not null)
        {
            json["pipeline_root"] = PipelineRoot;
        }

        return json;
    }
}
