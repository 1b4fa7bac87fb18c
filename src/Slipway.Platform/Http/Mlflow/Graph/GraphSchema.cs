using System.Text.Json;

namespace Slipway.Platform.Http.Mlflow.Graph;

internal enum GraphScalar
{
    /// <summary>Not a scalar: an object with fields.</summary>
    None,
    Text,

    /// <summary>64 bits, as text: JavaScript has no such integers.</summary>
    Long,
    Real,
    Flag,

    /// <summary>The name of an enum's value; null when not set.</summary>
    Word,
}

/// <param name="Name">As the query says it; <paramref name="Wire"/>, as the operation's answer does.</param>
/// <param name="Type">The type's name when it is an object or a list of them.</param>
internal sealed record GraphFieldType(string Name, string Wire, GraphScalar Scalar, string? Type, bool IsList);

/// <summary>A field at the root: the route of MLflow's REST API that answers it, and what it takes.</summary>
internal sealed record GraphRoot(string Name, string Type, string Method, string Path, IReadOnlySet<string> Takes);

/// <summary>What MLflow's pages may ask for. Every answer is one of the REST API, so both always say the same.</summary>
internal static class GraphSchema
{
    /// <summary>A run's fields that are answers of their own.</summary>
    public const string RunType = "MlflowRunExtension";

    // Field names; `:` says what is no text, `[]` that there are many.
    private static readonly Dictionary<string, Dictionary<string, GraphFieldType>> Types = Read(
        """
        Test output
        ApiError code message helpUrl traceId errorDetails:[ErrorDetail]
        ErrorDetail field message
        MlflowGetExperimentResponse experiment:MlflowExperiment apiError:ApiError
        MlflowExperiment experimentId name artifactLocation lifecycleStage lastUpdateTime:Long creationTime:Long tags:[MlflowExperimentTag]
        MlflowExperimentTag key value
        MlflowGetRunResponse run:MlflowRunExtension apiError:ApiError
        MlflowSearchRunsResponse runs:[MlflowRunExtension] nextPageToken apiError:ApiError
        MlflowRunExtension info:MlflowRunInfo data:MlflowRunData inputs:MlflowRunInputs outputs:MlflowRunOutputs experiment:MlflowExperiment modelVersions:[MlflowModelVersion]
        MlflowRunInfo runId runUuid runName experimentId userId status:Word startTime:Long endTime:Long artifactUri lifecycleStage
        MlflowRunData metrics:[MlflowMetricExtension] params:[MlflowParam] tags:[MlflowRunTag]
        MlflowMetricExtension key value:Real timestamp:Long step:Long datasetName datasetDigest modelId runId
        MlflowParam key value
        MlflowRunTag key value
        MlflowRunInputs datasetInputs:[MlflowDatasetInput] modelInputs:[MlflowModelInput]
        MlflowDatasetInput tags:[MlflowInputTag] dataset:MlflowDataset
        MlflowInputTag key value
        MlflowDataset name digest sourceType source schema profile
        MlflowModelInput modelId
        MlflowRunOutputs modelOutputs:[MlflowModelOutput]
        MlflowModelOutput modelId step:Long
        MlflowListArtifactsResponse rootUri files:[MlflowFileInfo] nextPageToken apiError:ApiError
        MlflowFileInfo path isDir:Flag fileSize:Long
        MlflowGetMetricHistoryBulkIntervalResponse metrics:[MlflowMetricWithRunId] apiError:ApiError
        MlflowMetricWithRunId key value:Real timestamp:Long step:Long runId
        MlflowSearchDatasetsResponse datasetSummaries:[MlflowDatasetSummary] apiError:ApiError
        MlflowDatasetSummary experimentId name digest context
        MlflowSearchModelVersionsResponse modelVersions:[MlflowModelVersion] nextPageToken apiError:ApiError
        MlflowModelVersion name version creationTimestamp:Long lastUpdatedTimestamp:Long userId currentStage description source runId status:Word statusMessage tags:[MlflowModelVersionTag] runLink aliases:[Text] modelId modelParams:[MlflowModelParam] modelMetrics:[MlflowModelMetric] deploymentJobState:MlflowModelVersionDeploymentJobState
        MlflowModelVersionTag key value
        MlflowModelParam name value
        MlflowModelMetric key value:Real timestamp:Long step:Long datasetName datasetDigest modelId runId
        MlflowModelVersionDeploymentJobState jobId runId jobState:Word runState:Word currentTaskName
        """);

    private static readonly GraphRoot[] Roots =
    [
        new("mlflowGetExperiment", "MlflowGetExperimentResponse", "GET", "2.0/mlflow/experiments/get", Set("experimentId")),
        new("mlflowGetRun", "MlflowGetRunResponse", "GET", "2.0/mlflow/runs/get", Set("runId", "runUuid")),
        new("mlflowListArtifacts", "MlflowListArtifactsResponse", "GET", "2.0/mlflow/artifacts/list", Set("runId", "runUuid", "path", "pageToken")),
        new("mlflowSearchModelVersions", "MlflowSearchModelVersionsResponse", "GET", "2.0/mlflow/model-versions/search", Set("filter", "maxResults", "orderBy", "pageToken")),
        new("mlflowSearchRuns", "MlflowSearchRunsResponse", "POST", "2.0/mlflow/runs/search",
            Set("experimentIds", "filter", "runViewType", "maxResults", "orderBy", "pageToken")),
        new("mlflowSearchDatasets", "MlflowSearchDatasetsResponse", "POST", "2.0/mlflow/experiments/search-datasets", Set("experimentIds")),
        new("mlflowGetMetricHistoryBulkInterval", "MlflowGetMetricHistoryBulkIntervalResponse", "GET", "2.0/mlflow/metrics/get-history-bulk-interval",
            Set("runIds", "metricKey", "startStep", "endStep", "maxResults")),
    ];

    /// <summary>MLflow has some of them under mutations although none changes anything, so both kinds of operation have all.</summary>
    public static GraphRoot? Root(string name) => Array.Find(Roots, r => r.Name == name);

    public static IReadOnlyDictionary<string, GraphFieldType> Fields(string type) => Types[type];

    private static HashSet<string> Set(params string[] names) => new(names, StringComparer.Ordinal);

    private static Dictionary<string, Dictionary<string, GraphFieldType>> Read(string text) => text
        .Split('\n', StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' '))
        .ToDictionary(
            words => words[0], words => words.Skip(1).Select(ReadField).ToDictionary(f => f.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    private static GraphFieldType ReadField(string text)
    {
        var parts = text.Split(':');
        var type = parts.Length > 1 ? parts[1].Trim('[', ']') : "Text";
        var scalar = Enum.TryParse<GraphScalar>(type, out var known) ? known : GraphScalar.None;
        return new GraphFieldType(
            parts[0], JsonNamingPolicy.SnakeCaseLower.ConvertName(parts[0]), scalar, scalar == GraphScalar.None ? type : null, parts.Length > 1 && parts[1][0] == '[');
    }
}
