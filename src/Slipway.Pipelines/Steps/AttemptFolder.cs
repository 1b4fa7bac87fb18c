using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Artifacts;

namespace Slipway.Pipelines.Steps;

/// <summary>
/// The folder of one attempt: inputs come in as copies, outputs are looked for at its end, and then it goes. No other attempt ever sees it, so a half-written
/// output is nobody's input.
/// </summary>
internal sealed class AttemptFolder
{
    private readonly StepAttempt _attempt;
    private readonly ArtifactShelf _shelf;

    public AttemptFolder(string root, StepAttempt attempt, ArtifactShelf shelf)
    {
        (_attempt, _shelf) = (attempt, shelf);
        Path = System.IO.Path.Combine(root, attempt.Run.Id, $"{attempt.TaskId}-{attempt.Attempt}");
        Provisioned = ProvisionedOutputs.Of(
            attempt.Component,
            name => In("outputs", "parameters", Safe(name)),
            name => (UriOf(name), In("outputs", "artifacts", Safe(name))),
            In("executor_output.json"));
    }

    public string Path { get; }

    /// <summary>Digests of the files of folders that were kept.</summary>
    public List<string> Objects { get; } = [];

    public ProvisionedOutputs Provisioned { get; }

    /// <summary>Empties the folder, makes the folders of all outputs and copies inputs in. Answers the inputs with their paths.</summary>
    public async Task<Result<TaskValues>> PrepareAsync(CancellationToken cancellation)
    {
        Remove();
        Directory.CreateDirectory(In("outputs", "parameters"));
        Directory.CreateDirectory(In("outputs", "artifacts"));
        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var (name, list) in _attempt.Inputs.Artifacts)
        {
            var local = new List<Artifact>(list.Count);
            for (var i = 0; i < list.Count; i++)
            {
                var path = In("inputs", Safe(name), $"{i}", Safe(System.IO.Path.GetFileName(list[i].Uri.TrimEnd('/'))));
                if (!(await BringAsync(list[i], path, cancellation)).TryGet(out var artifact, out var problem))
                {
                    return problem with { Message = $"input artifact {name}: {problem.Message}" };
                }

                local.Add(artifact);
            }

            artifacts[name] = local;
        }

        return _attempt.Inputs with { Artifacts = artifacts };
    }

    /// <summary>What the step has left, its artifacts kept.</summary>
    /// <param name="mostParameterBytes">Of one file that holds a value.</param>
    public async Task<Result<TaskValues>> CollectAsync(long mostParameterBytes, Func<string> newId, CancellationToken cancellation)
    {
        Problem? unreadable = null;
        string? Text(string path)
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            if (file.Length > mostParameterBytes)
            {
                unreadable ??= new Problem(ProblemCode.TooLarge, $"{file.Name} has {file.Length} bytes; values may have {mostParameterBytes}, larger things should be artifacts");
                return "";
            }

            return File.ReadAllText(path);
        }

        var container = (_attempt.Executor as ExecutorSpec.Container)?.Spec;
        var read = ExecutorOutput.Read(_attempt.Component, container, Provisioned, Text(Provisioned.OutputFile), name => Text(Provisioned.ParameterFiles[name]));
        if (unreadable is not null || !read.TryGet(out var outputs, out unreadable))
        {
            return unreadable;
        }

        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var (name, list) in outputs.Artifacts)
        {
            var kept = new List<Artifact>(list.Count);
            foreach (var artifact in list)
            {
                if (!(await KeepAsync(name, artifact, kept.Count, newId, cancellation)).TryGet(out var one, out var problem))
                {
                    return problem with { Message = $"output artifact {name}: {problem.Message}" };
                }

                kept.Add(one);
            }

            artifacts[name] = kept;
        }

        return outputs with { Artifacts = artifacts };
    }

    public void Remove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something in it cannot be removed (a mount, another user's file): the next attempt has a folder of its own all the same.
        }
    }

    private async Task<Result<Artifact>> BringAsync(Artifact artifact, string path, CancellationToken cancellation)
    {
        if (ArtifactUris.IsStored(artifact.Digest))
        {
            var fetched = await _shelf.FetchAsync(artifact.Digest, artifact.IsFolder, path, cancellation);
            return fetched.Succeeded ? artifact with { Path = path, CustomPath = null } : fetched.Problem;
        }

        if (ArtifactUris.LocalPath(artifact.Uri) is { } there)
        {
            return artifact with { Path = there, CustomPath = null };
        }

        // An output that nothing was written to: its consumer finds nothing either. What lies elsewhere it fetches itself.
        return ArtifactUris.IsOurs(artifact.Uri) ? artifact with { Path = path, CustomPath = null } : artifact with { CustomPath = null };
    }

    private async Task<Result<Artifact>> KeepAsync(string name, Artifact artifact, int position, Func<string> newId, CancellationToken cancellation)
    {
        var made = artifact with { Id = newId(), Path = null, CustomPath = null };
        var planned = UriOf(name);
        var path = artifact.Uri == planned ? artifact.CustomPath ?? artifact.Path : ArtifactUris.LocalPath(artifact.Uri);
        if (path is null || (artifact.Uri != planned && !ArtifactUris.IsInside(path, Path)))
        {
            return made;
        }

        if (!(await _shelf.KeepAsync(path, cancellation)).TryGet(out var content, out var problem))
        {
            return problem;
        }

        Objects.AddRange(content?.Files ?? []);
        var uri = artifact.Uri == planned && position == 0 ? planned : $"{planned}/{System.IO.Path.GetRelativePath(Path, path)}";
        return content is null ? made with { Uri = uri } : made with { Uri = uri, Digest = content.Digest, Bytes = content.Bytes, IsFolder = content.IsFolder };
    }

    private string UriOf(string output) => ArtifactUris.Of(_attempt.Run.PipelineName, _attempt.Run.Id, _attempt.Path, _attempt.Attempt, output);

    private string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    // Names come from the package: what is no plain file name may not lead elsewhere.
    private static string Safe(string name) =>
        name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\\', '\0') || name.Length > 200
            ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)))[..16]
            : name;
}
