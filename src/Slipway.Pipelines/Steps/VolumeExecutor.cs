using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Steps;

/// <summary>Volume claims of the Kubernetes extension, here folders: made, mounted by later steps, deleted.</summary>
internal sealed class VolumeExecutor(PipelinesOptions options) : IStepExecutor
{
    public bool Takes(StepAttempt attempt) => attempt.Executor is ExecutorSpec.Container { Spec.Image: WellKnownImages.CreateVolume or WellKnownImages.DeleteVolume };

    public Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation)
    {
        var inputs = attempt.Inputs.Parameters;
        var name = Text(inputs, "pvc_name") ?? (Text(inputs, "pvc_name_suffix") is { } suffix ? $"{attempt.Run.Id}{suffix}" : null);
        if (string.IsNullOrEmpty(name))
        {
            return Task.FromResult<StepOutcome>(new StepOutcome.Failed(TaskCause.Values, "pvc_name or pvc_name_suffix must say how the volume claim is called"));
        }

        var folder = options.VolumeOf(attempt.Run.Namespace, name);
        if (((ExecutorSpec.Container)attempt.Executor).Spec.Image == WellKnownImages.CreateVolume)
        {
            Directory.CreateDirectory(folder);
            return Task.FromResult<StepOutcome>(new StepOutcome.Succeeded(TaskValues.Of(new Dictionary<string, JsonNode?> { ["name"] = name })));
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Task.FromResult<StepOutcome>(new StepOutcome.Succeeded(TaskValues.Empty));
    }

    private static string? Text(IReadOnlyDictionary<string, JsonNode?> inputs, string name) =>
        inputs.GetValueOrDefault(name) is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
