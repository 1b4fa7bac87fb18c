using System.Globalization;
using System.Text;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Files;

/// <inheritdoc cref="IModelVersionFiles"/>
internal sealed class TrainedFiles(IDatabase database, IObjectStore objects) : IModelVersionFiles
{
    public async Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(string ns, string model, int version, CancellationToken cancellation)
    {
        var row = await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, version), cancellation);
        return row is { IsOurs: true } ? await ListAsync(row, cancellation) : Problem.NotFound($"files of version {version} of model {model} in namespace {ns}");
    }

    public async Task<Result<IReadOnlyList<ModelVersionFile>>> ListAsync(VersionRow row, CancellationToken cancellation)
    {
        if (await objects.FindAsync(row.ArtifactDigest, cancellation) is not { } artifact)
        {
            return Problem.NotFound($"the artifact {row.ArtifactDigest} of version {row.Version} of model {row.Model}");
        }

        var name = $"model.{row.Format}";
        var files = new List<ModelVersionFile> { new(name, artifact.Bytes, artifact.Sha256) };
        foreach (var (path, text) in Written(row, name))
        {
            if (!(await objects.PutBytesAsync(Encoding.UTF8.GetBytes(text), cancellation)).TryGet(out var put, out var problem))
            {
                return problem;
            }

            files.Add(new ModelVersionFile(path, put.Bytes, put.Sha256));
        }

        return files.OrderBy(f => f.Path, StringComparer.Ordinal).ToArray();
    }

    // The same version always gives the same bytes, so that they are one object however often they are asked for.
    private static IEnumerable<(string Path, string Text)> Written(VersionRow row, string name)
    {
        yield return ("MLmodel", MlModel(row, name));
        if (row.Format == "onnx")
        {
            yield return ("requirements.txt", "mlflow\nonnx\nonnxruntime\n");
            yield return ("python_env.yaml", "python: '3.11'\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n");
            yield return ("conda.yaml", "channels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip\n- pip:\n  - mlflow\n  - onnx\n  - onnxruntime\nname: mlflow-env\n");
        }
    }

    private static string MlModel(VersionRow row, string name)
    {
        var text = new StringBuilder("artifact_path: model\nflavors:\n");
        if (row.Format == "onnx")
        {
            text.Append(CultureInfo.InvariantCulture, $"  onnx:\n    code: null\n    data: {name}\n    onnx_version: '1'\n    providers:\n    - CPUExecutionProvider\n");
            text.Append(CultureInfo.InvariantCulture, $"  python_function:\n    data: {name}\n    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: mlflow.onnx\n    python_version: 3.11.0\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"  {row.Format}:\n    data: {name}\n");
        }

        text.Append("mlflow_version: 3.0.0\nmodel_uuid: ").Append(row.ArtifactDigest[..32]).Append('\n');
        if (row.RunId.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"run_id: '{row.RunId.Replace("'", "''", StringComparison.Ordinal)}'\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"utc_time_created: '{row.Created:yyyy-MM-dd HH:mm:ss.ffffff}'\n").ToString();
    }
}
