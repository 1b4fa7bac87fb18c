using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Lineage;

/// <summary>OpenLineage run events (spec 2-0-2) of a run and of the tasks that executors worked on.</summary>
internal static class OpenLineageEvents
{
    private const string Producer = "https://slipway.dev/pipelines";
    private const string Schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private const string Facets = "https://openlineage.io/spec/facets/1-0-0/";

    public static JsonObject Started(RunRow run) => Event("START", run.Started ?? run.Created, run.Id, run.Namespace, run.Pipeline, null, [], []);

    /// <summary>One event for each execution, then the run's own.</summary>
    public static IEnumerable<JsonObject> Ended(RunRow run, IReadOnlyList<TaskRow> tasks, IReadOnlyList<ArtifactRow> artifacts)
    {
        var edges = artifacts.ToLookup(a => a.Path);
        foreach (var task in tasks.Where(t => t.KindValue is TaskKind.Container or TaskKind.Importer && t.Started is not null && t.Finished is not null))
        {
            var job = $"{run.Pipeline}.{task.Path.Replace('/', '.')}";
            var made = Event(TypeOf(task.StateValue), task.Finished!.Value, task.Id, run.Namespace, job, task.Error, edges[task.Path].Where(e => e.Direction == "in"), edges[task.Path].Where(e => e.Direction == "out"));
            made["run"]!["facets"]!["parent"] = new JsonObject
            {
                ["_producer"] = Producer,
                ["_schemaURL"] = Facets + "ParentRunFacet.json",
                ["run"] = new JsonObject { ["runId"] = run.Id },
                ["job"] = new JsonObject { ["namespace"] = run.Namespace, ["name"] = run.Pipeline },
            };
            yield return made;
        }

        var end = run.StateValue switch { RunState.Succeeded => "COMPLETE", RunState.Canceled => "ABORT", _ => "FAIL" };
        yield return Event(end, run.Finished ?? run.Created, run.Id, run.Namespace, run.Pipeline, run.Error, [], []);
    }

    private static string TypeOf(TaskState state) => state switch
    {
        TaskState.Succeeded => "COMPLETE",
        TaskState.Failed => "FAIL",
        _ => "ABORT",
    };

    private static JsonObject Event(
        string type, long micros, string run, string ns, string job, string? error, IEnumerable<ArtifactRow> inputs, IEnumerable<ArtifactRow> outputs)
    {
        var facets = new JsonObject();
        if (error is not null)
        {
            facets["errorMessage"] = new JsonObject
            {
                ["_producer"] = Producer, ["_schemaURL"] = Facets + "ErrorMessageRunFacet.json", ["message"] = error, ["programmingLanguage"] = "unknown",
            };
        }

        return new JsonObject
        {
            ["eventType"] = type,
            ["eventTime"] = Micros.ToTime(micros).UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["producer"] = Producer,
            ["schemaURL"] = Schema,
            ["run"] = new JsonObject { ["runId"] = run, ["facets"] = facets },
            ["job"] = new JsonObject { ["namespace"] = ns, ["name"] = job },
            ["inputs"] = new JsonArray([.. inputs.Select(a => Dataset(a))]),
            ["outputs"] = new JsonArray([.. outputs.Select(a => Dataset(a))]),
        };
    }

    private static JsonNode Dataset(ArtifactRow artifact)
    {
        var at = artifact.Uri.IndexOf("://", StringComparison.Ordinal);
        var slash = at < 0 ? -1 : artifact.Uri.IndexOf('/', at + 3);
        var (ns, name) = at < 0 ? ("file", artifact.Uri) : slash < 0 ? (artifact.Uri, "/") : (artifact.Uri[..slash], artifact.Uri[(slash + 1)..]);
        var dataset = new JsonObject { ["namespace"] = ns, ["name"] = name };
        if (artifact.Digest is { } digest)
        {
            dataset["facets"] = new JsonObject
            {
                ["version"] = new JsonObject { ["_producer"] = Producer, ["_schemaURL"] = Facets + "DatasetVersionDatasetFacet.json", ["datasetVersion"] = digest },
            };
        }

        return dataset;
    }
}
