using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Registry.Ports;

/// <param name="Path">Relative to the version's folder, with <c>/</c>: <c>MLmodel</c>, <c>model.onnx</c>.</param>
public sealed record ModelVersionFile(string Path, long Bytes);

/// <summary>
/// The files of a version that Slipway itself trained, laid out as MLflow lays out a model, so that MLflow's clients load it. Their artifact URI is
/// <c>mlflow-artifacts:/registry/NAMESPACE/MODEL/VERSION</c>; the artifact proxy asks here for everything below <c>registry/</c>.
/// </summary>
public interface IModelVersionFiles
{
    /// <summary>All files, by path. NotFound when there is no such version, or when its files are elsewhere.</summary>
    Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(string ns, string model, int version, CancellationToken cancellation);

    Task<Result<Stream>> OpenAsync(string ns, string model, int version, string path, CancellationToken cancellation);
}
