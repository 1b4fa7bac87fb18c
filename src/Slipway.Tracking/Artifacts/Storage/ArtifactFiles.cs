using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Storage;

/// <inheritdoc cref="IArtifactFiles"/>
internal sealed class ArtifactFiles(ArtifactTree tree, IModelSources sources) : IArtifactFiles
{
    public async Task<Result<ArtifactEntry>> FindAsync(string ns, string uri, CancellationToken cancellation)
    {
        if (!(await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem))
        {
            return problem;
        }

        return (await tree.FindAsync(ns, path, cancellation)).Select(row => ToEntry(row, path.Parent));
    }

    public async Task<Result<IReadOnlyList<ArtifactEntry>>> ListAsync(string ns, string uri, CancellationToken cancellation)
    {
        if (!(await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem))
        {
            return problem;
        }

        return Result.From<IReadOnlyList<ArtifactEntry>>([.. (await tree.ListAsync(ns, path, cancellation)).Select(row => ToEntry(row, path.Value))]);
    }

    public async Task<Result<IReadOnlyList<ArtifactEntry>>> ListTreeAsync(string ns, string uri, CancellationToken cancellation)
    {
        if (!(await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem))
        {
            return problem;
        }

        if ((await tree.FindAsync(ns, path, cancellation)) is { Succeeded: true, Value: { IsFolder: false } file })
        {
            return Result.From<IReadOnlyList<ArtifactEntry>>([ToEntry(file, file.Parent)]);
        }

        return Result.From<IReadOnlyList<ArtifactEntry>>([.. (await tree.ListTreeAsync(ns, path, cancellation)).Select(row => ToEntry(row, path.Value))]);
    }

    public async Task<Result<Stream>> OpenAsync(string ns, string uri, long offset, long? length, CancellationToken cancellation)
    {
        if (!(await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem)
            || !(await tree.FindFileAsync(ns, path, cancellation)).TryGet(out var file, out problem))
        {
            return problem;
        }

        return await tree.OpenAsync(file, offset, length, cancellation);
    }

    public async Task<Result<ArtifactEntry>> WriteAsync(string ns, string uri, Stream content, CancellationToken cancellation)
    {
        if (!(await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem))
        {
            return problem;
        }

        return (await tree.PutAsync(ns, path, content, cancellation)).Select(row => ToEntry(row, path.Parent));
    }

    public async Task<Result<long>> DeleteAsync(string ns, string uri, CancellationToken cancellation) =>
        (await LocateAsync(ns, uri, cancellation)).TryGet(out var path, out var problem) ? await tree.DeleteAsync(ns, path, cancellation) : problem;

    /// <summary>The place in the tree that an artifact URI means.</summary>
    public async Task<Result<ArtifactPath>> LocateAsync(string ns, string uri, CancellationToken cancellation)
    {
        if (!ArtifactUri.Parse(uri).TryGet(out var wanted, out var problem))
        {
            return problem;
        }

        var root = wanted.Root switch
        {
            ArtifactRoot.Run => await sources.FindRunArtifactUriAsync(ns, wanted.Id, cancellation) is { } run ? run : Missing("Run", wanted.Id),
            ArtifactRoot.LoggedModel => await sources.FindLoggedModelAsync(ns, wanted.Id, cancellation) is { } model ? model.ArtifactUri : Missing("Logged model", wanted.Id),
            _ => Result.From(""),
        };
        if (wanted.Root == ArtifactRoot.Tree)
        {
            return wanted.Path;
        }

        // A run's root is an address of the tree, never again one of a run.
        return root.Then(ArtifactUri.Parse).Then<ArtifactPath>(
            at => at.Root == ArtifactRoot.Tree ? at.Path.Join(wanted.Path) : Problem.Invalid($"the artifacts of {wanted.Id} have the address of another run or model"));
    }

    private static Result<string> Missing(string what, string id) => new Problem(ProblemCode.NotFound, $"{what} with id={id} not found");

    private static ArtifactEntry ToEntry(ArtifactRow row, string below) =>
        new(below.Length == 0 ? row.Path : row.Path[(below.Length + 1)..], row.IsFolder, row.Bytes, row.Digest, row.Modified);
}
