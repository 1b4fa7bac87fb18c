using System.Security.Cryptography;
using System.Text;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Artifacts;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Steps;

/// <summary>
/// Makes an artifact known that already lies somewhere. A file of this machine stays where it is, and its content is hashed, so that what is made of it is found
/// in the cache only while it is the same; of anything else only the URI is known.
/// </summary>
internal sealed class ImporterExecutor(RunStore store, PipelinesOptions options, TimeProvider time) : IStepExecutor
{
    public bool Takes(StepAttempt attempt) => attempt.Executor is ExecutorSpec.Importer;

    public async Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation)
    {
        var importer = ((ExecutorSpec.Importer)attempt.Executor).Spec;
        if (!ImporterOutput.Of(attempt.Component, importer, attempt.Inputs, attempt.Run.FactsOf(attempt.TaskName, attempt.TaskId)).TryGet(out var outputs, out var problem))
        {
            return new StepOutcome.Failed(TaskCause.Values, problem.Message);
        }

        try
        {
            var artifacts = new Dictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
            foreach (var (name, list) in outputs.Artifacts)
            {
                artifacts[name] = await Task.WhenAll(list.Select(a => KnowAsync(a, cancellation)));
            }

            return new StepOutcome.Succeeded(outputs with { Artifacts = artifacts });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new StepOutcome.Failed(TaskCause.Step, $"what is to be imported cannot be read: {exception.Message}");
        }
    }

    private async Task<Artifact> KnowAsync(Artifact artifact, CancellationToken cancellation)
    {
        var known = artifact with { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString() };
        var path = ArtifactUris.LocalPath(artifact.Uri);
        if (path is not null && ArtifactUris.IsInside(path, options.AttemptsFolder) && await HandedOutAsync(path, cancellation) is { } handedOut)
        {
            return known with { Uri = handedOut.Uri, Digest = handedOut.Digest, Bytes = handedOut.Bytes, IsFolder = handedOut.IsFolder };
        }

        if (path is not null && File.Exists(path))
        {
            await using var file = File.OpenRead(path);
            return known with { Digest = ArtifactUris.FileDigest + Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)), Bytes = file.Length };
        }

        return known with { Digest = ArtifactUris.UriDigest + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(artifact.Uri))) };
    }

    /// <summary>
    /// The artifact that a step saw under this path, which it may have passed on as text: its folder is gone by now, its content is not.
    /// A path is <c>RUN/TASK-ATTEMPT/inputs/NAME/POSITION/...</c> or <c>RUN/TASK-ATTEMPT/outputs/artifacts/NAME</c>.
    /// </summary>
    private async Task<Artifact?> HandedOutAsync(string path, CancellationToken cancellation)
    {
        var parts = Path.GetRelativePath(options.AttemptsFolder, Path.GetFullPath(path)).Split(Path.DirectorySeparatorChar);
        if (parts.Length < 5 || parts[1].LastIndexOf('-') is not (> 0 and var dash)
            || await store.FindTaskAsync(parts[0], "", parts[1][..dash], cancellation) is not { } task)
        {
            return null;
        }

        var (json, position) = parts[2] == "inputs" && int.TryParse(parts[4], out var at) ? (task.Inputs, at) : (task.Outputs, 0);
        var name = parts[2] == "inputs" ? parts[3] : parts[4];
        return json is not null && TaskValuesJson.Parse(json).Artifacts.GetValueOrDefault(name) is { } list && position < list.Count ? list[position] : null;
    }
}
