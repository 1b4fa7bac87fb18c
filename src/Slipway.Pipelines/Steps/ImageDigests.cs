using Slipway.Compute.Backends;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Pipelines.Steps;

/// <summary>Which image a name means at this moment: a tag can move, and then a cached result is another program's.</summary>
internal sealed class ImageDigests(ComputeBackends backends, PipelinesOptions options)
{
    /// <summary>Null when it is not on this machine yet, or when the backend runs no images. Asking a container runtime starts a process, some 50 ms.</summary>
    public async ValueTask<string?> FindAsync(string image, CancellationToken cancellation) =>
        !WellKnownImages.Is(image) && !image.Contains("{{", StringComparison.Ordinal) && backends.Get(options.Backend).TryGet(out var backend, out _)
            ? await backend.FindImageDigestAsync(image, cancellation)
            : null;
}
