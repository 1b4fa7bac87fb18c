using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Registry.Ports;

/// <summary>A version and all of its files, by path.</summary>
public sealed record ModelFolder(ModelVersion Version, IReadOnlyList<ModelVersionFile> Files);

/// <summary>Versions as folders, whatever form their model is in: for runtimes that open more than ONNX.</summary>
public interface IModelFolders
{
    /// <summary>
    /// The version as its files tell it, with its signature checked. NotFound: no such version, or nothing is there yet; Unsupported: its files are where this
    /// server cannot read, or it is no model.
    /// </summary>
    Task<Result<ModelFolder>> FindAsync(string ns, string model, int version, CancellationToken cancellation);
}
