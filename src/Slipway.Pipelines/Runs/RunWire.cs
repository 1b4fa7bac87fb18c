using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Contracts.Pipelines.Ports;

namespace Slipway.Pipelines.Runs;

internal sealed record StepWire(
    string Name, string Component, string State, int Attempt, DateTimeOffset? Started, DateTimeOffset? Finished, string? Error, JsonObject? Outputs,
    string Kind, string? Cause, string? CachedFrom);

/// <summary>A line of a live log.</summary>
internal sealed record LogLineWire(long Attempt, DateTimeOffset Time, string Stream, string Text);

/// <summary>A run as our API says it.</summary>
internal sealed record RunWire(
    string Id, string Namespace, string Pipeline, string State, string Reason, JsonObject Parameters, DateTimeOffset Created, DateTimeOffset? Finished,
    string? Error, string DisplayName, JsonObject? Outputs, IReadOnlyList<StepWire> Steps)
{
    public static RunWire Of(PipelineRun run) =>
        new(run.Id, run.Namespace, run.Pipeline, run.State.ToString(), run.Reason, run.Parameters, run.Created, run.Finished, run.Error, run.DisplayName, run.Outputs,
            [.. run.Steps.Select(s => new StepWire(s.Name, s.Component, s.State, s.Attempt, s.Started, s.Finished, s.Error, s.Outputs, s.Kind, s.Cause, s.CachedFrom))]);
}

internal sealed record RunListWire(IReadOnlyList<RunWire> Items);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunWire))]
[JsonSerializable(typeof(RunListWire))]
[JsonSerializable(typeof(LogLineWire))]
internal sealed partial class RunWireContext : JsonSerializerContext;
