using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>
/// A node of a running pipeline: the root, a task, a loop, or one iteration of a loop. It is the row in memory, with the counters that say without
/// looking around when it may start and when it has ended.
/// </summary>
internal sealed class LiveTask
{
    private readonly List<(TaskState State, long Micros, string? Error)> _history = [];

    /// <summary>Null for the root.</summary>
    public TaskPlan? Plan { get; init; }

    public LiveTask? Parent { get; init; }

    public required string Path { get; init; }

    public required string Id { get; set; }

    public required TaskKind Kind { get; init; }

    public required ComponentSpec Component { get; init; }

    public int? Iteration { get; init; }

    /// <summary>In the order of the rows; 0 until it has one.</summary>
    public long Number { get; set; }

    public TaskState State { get; private set; }

    public TaskCause Cause { get; set; }

    public long Attempt { get; set; }

    public long Lost { get; set; }

    public long NotBefore { get; set; }

    public long Created { get; set; }

    public long? Started { get; set; }

    public long? Finished { get; set; }

    public string? Error { get; set; }

    public string? Detail { get; set; }

    public string? CachedFrom { get; set; }

    public string? Fingerprint { get; set; }

    public TaskValues? Inputs { get; set; }

    public TaskValues? Outputs { get; set; }

    /// <summary>Upstreams that have not ended.</summary>
    public int Waiting { get; set; }

    /// <summary>Of a graph: its tasks; of a loop: its iterations so far.</summary>
    public List<LiveTask> Children { get; } = [];

    /// <summary>Of a graph.</summary>
    public GraphPlan? Graph { get; set; }

    /// <summary>Of a graph or loop: children, and iterations yet to come, that have not ended.</summary>
    public int Open { get; set; }

    /// <summary>Of a graph or loop: a child has failed.</summary>
    public bool AnyFailed { get; set; }

    /// <summary>Of a loop: what it goes over.</summary>
    public IReadOnlyList<LoopItem>? Items { get; set; }

    public bool IsFinal => TaskTransitions.IsFinal(State);

    public string Name => Iteration is { } i ? $"{Plan!.Name}[{i}]" : Plan?.Name ?? PipelineSpec.RootName;

    public string DisplayName => Plan is null ? PipelineSpec.RootName : (Plan.Spec.DisplayName ?? Plan.Name) + (Iteration is { } i ? $"[{i}]" : "");

    /// <summary>Tries that count towards the retries allowed.</summary>
    public long Tries => Attempt - Lost;

    /// <summary>Of a loop: iterations that are to be begun before further ones.</summary>
    public Queue<LiveTask> Held { get; } = new();

    public void Move(TaskEvent happened, long now)
    {
        State = TaskTransitions.Next(State, happened);
        _history.Add((State, now, Error));
        if (State == TaskState.Running)
        {
            Started ??= now;
        }
        else if (IsFinal)
        {
            Finished = now;
        }
    }

    /// <summary>Takes over what the row says, its values included.</summary>
    public void Restore(TaskRow row)
    {
        (Id, Number, State, Cause, Attempt, Lost, NotBefore) = (row.Id, row.Number, row.StateValue, row.CauseValue, row.Attempt, row.Lost, row.NotBefore);
        (Created, Started, Finished, Error, Detail, CachedFrom, Fingerprint) =
            (row.Created, row.Started, row.Finished, row.Error, row.Detail, row.CachedFrom, row.Fingerprint);
        (Inputs, Outputs) = (row.Inputs is null ? null : TaskValuesJson.Parse(row.Inputs), row.Outputs is null ? null : TaskValuesJson.Parse(row.Outputs));
        foreach (var entry in (JsonArray)JsonNode.Parse(row.History)!)
        {
            _history.Add((Enum.Parse<TaskState>((string)entry!["state"]!), (long)entry["time"]!, (string?)entry["error"]));
        }
    }

    public TaskRow ToRow(string runId) => new(runId, Path)
    {
        Id = Id,
        Number = Number,
        Parent = Parent?.Path,
        Name = Name,
        DisplayName = DisplayName,
        Kind = Kind.ToString(),
        Component = Plan?.Spec.Component ?? PipelineSpec.RootName,
        State = State.ToString(),
        Cause = Cause.ToString(),
        Iteration = Iteration,
        Attempt = Attempt,
        Lost = Lost,
        NotBefore = NotBefore,
        Created = Created,
        Started = Started,
        Finished = Finished,
        Error = Error,
        Inputs = Inputs?.ToJson(),
        Outputs = Outputs?.ToJson(),
        CachedFrom = CachedFrom,
        Fingerprint = Fingerprint,
        Detail = Detail,
        History = HistoryJson(),
    };

    private string HistoryJson()
    {
        using var buffer = new MemoryStream(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (state, micros, error) in _history)
            {
                json.WriteStartObject();
                json.WriteString("state", state.ToString());
                json.WriteNumber("time", micros);
                if (error is not null)
                {
                    json.WriteString("error", error);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
