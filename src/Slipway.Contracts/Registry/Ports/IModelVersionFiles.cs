using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Registry.Ports;

/// <param name="Path">Relative to the version's folder, parts joined by '/': <c>MLmodel</c>, <c>model.onnx</c>.</param>
/// <param name="Sha256">Its name in the object store.</param>
public sealed record ModelVersionFile(string Path, long Bytes, string Sha256);

/// <summary>
/// The files of a version that Slipway itself trained, laid out as MLflow lays out a model, so that MLflow's clients load it. Their artifact URI is
/// <c>mlflow-artifacts:/registry/MODEL/VERSION</c> in the caller's namespace; the artifact proxy asks here for everything below <c>registry/</c>.
/// </summary>
public interface IModelVersionFiles
{
    /// <summary>All files, flat, by path. NotFound when there is no such version, or when its files are elsewhere.</summary>
    Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(string ns, string model, int version, CancellationToken cancellation);
}
