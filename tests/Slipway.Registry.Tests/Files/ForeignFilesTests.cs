using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Registry.Tests.Scanning;

namespace Slipway.Registry.Tests.Files;

public class ForeignFilesOnSqlite() : ForeignFilesTests(DatabaseEngine.Sqlite);

public class ForeignFilesOnPostgres() : ForeignFilesTests(DatabaseEngine.PostgreSql);

/// <summary>Versions that MLflow's clients registered: their files are read, shown, scanned, and loaded where they hold ONNX.</summary>
public abstract class ForeignFilesTests(DatabaseEngine engine)
{
    private const string MlModel =
        """
        artifact_path: model
        flavors:
          onnx:
            code: null
            data: model.onnx
            onnx_version: 1.16.0
          python_function:
            loader_module: mlflow.onnx
            python_version: 3.11.7
          sklearn:
            pickled_model: model.pkl
            sklearn_version: 1.4.2
        saved_input_example_info:
          artifact_path: input_example.json
        signature:
          inputs: '[{"type": "double", "name": "sales", "required": true}, {"type": "string", "name": "city"}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
        """;

    [Fact]
    public async Task LoggedModel_IsReadShownSignedAndLoaded()
    {
        var artifacts = new Artifacts();
        await using var host = await StartAsync(artifacts);
        var digest = await artifacts.PutAsync(host, "mlflow-artifacts:/1/models/m-1/artifacts", ("MLmodel", MlModel), ("model.onnx", "onnx bytes"), ("requirements.txt", "scikit-learn==1.4.2\n# no\nnumpy\n"), ("input_example.json", "{\"sales\": [1]}"));
        await host.Mlflow.CreateModelAsync("m");
        var made = (await host.Mlflow.PostAsync("model-versions/create", new JsonObject { ["name"] = "m", ["source"] = "models:/m-1" }))["model_version"]!;
        Assert.Equal(("models:/m-1", "run-1", "m-1"), ((string)made["source"]!, (string)made["run_id"]!, (string)made["model_id"]!));
        Assert.Equal("mlflow-artifacts:/1/models/m-1/artifacts", (string)(await host.Mlflow.GetAsync("model-versions/get-download-uri", ("name", "m"), ("version", "1")))["artifact_uri"]!);

        var version = (await host.Registry.ResolveAsync("default", "models:/m/1", default)).OrThrow();
        Assert.Equal((digest["model.onnx"], "onnx"), (version.ArtifactDigest, version.Format));
        Assert.Equal(["sales FP64 [-1]", "city BYTES [-1]"], version.Inputs.Select(t => $"{t.Name} {t.Datatype} [{string.Join(',', t.Shape)}]"));
        Assert.Equal(["output_0 FP32 [-1,1]"], version.Outputs.Select(t => $"{t.Name} {t.Datatype} [{string.Join(',', t.Shape)}]"));
        Assert.Equal(("sklearn", "1.4.2", "{\"sales\": [1]}"), (version.Facts.Framework, version.Facts.FrameworkVersion, version.Facts.InputExample));
        Assert.Equal(["scikit-learn==1.4.2", "numpy"], version.Facts.Requirements);
        Assert.Equal((0.9, "7"), (version.Metrics["auc"], version.Parameters["depth"]));
        Assert.NotEmpty(version.Signature);
        var shown = (await host.CallAsync("GET", "models/m/versions/1")).Answer!;
        Assert.Equal(["onnx", "python_function", "sklearn"], shown["facts"]!["flavors"]!.AsArray().Select(f => (string)f!));
        Assert.Equal(4, (await host.CallAsync("GET", "models/m/versions/1/files")).Answer!["files"]!.AsArray().Count);
        Assert.Single((await host.CallAsync("GET", "model-catalog?framework=sklearn&inputType=BYTES&metric=auc>0.8")).Answer!["items"]!.AsArray());

        await host.Mlflow.PostAsync("model-versions/create", new JsonObject { ["name"] = "m", ["source"] = "mlflow-artifacts:/1/models/m-1/artifacts", ["model_id"] = "m-1" });
        Assert.Equal(["m-1: m/2"], artifacts.Noted);

        // Other bytes at the same place do not change a version that was read.
        await artifacts.PutAsync(host, "mlflow-artifacts:/1/models/m-1/artifacts", ("model.onnx", "other bytes"));
        Assert.Equal(version.ArtifactDigest, (await host.Registry.GetLoadableAsync("default", "m", 1, default)).OrThrow().ArtifactDigest);
    }

    [Fact]
    public async Task OtherFlavors_AreShownAndSayWhatIsMissing()
    {
        var artifacts = new Artifacts();
        await using var host = await StartAsync(artifacts);
        await artifacts.PutAsync(host, "runs:/r1/model", ("MLmodel", "flavors:\n  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.4.2\n"), ("model.pkl", "x"));
        await artifacts.PutAsync(host, "runs:/r1/bare", ("model.onnx", "onnx bytes"));
        await artifacts.PutAsync(host, "runs:/r1/broken", ("MLmodel", "flavors: [unclosed"));
        await host.Mlflow.CreateModelAsync("m");
        foreach (var source in new[] { "runs:/r1/model", "s3://bucket/model", "runs:/r1/bare", "runs:/r1/broken", "runs:/r1/later" })
        {
            await host.Mlflow.CreateVersionAsync("m", source);
        }

        var other = (await host.Registry.GetLoadableAsync("default", "m", 1, default)).Problem!;
        Assert.Equal(ProblemCode.Unsupported, other.Code);
        Assert.Contains("has the flavors sklearn, so it cannot run as ONNX; serve it with modelFormat mlflow", other.Message, StringComparison.Ordinal);
        Assert.Equal("sklearn", (await host.Registry.GetVersionAsync("default", "m", 1, default)).OrThrow().Format);
        Assert.Contains("are at s3://bucket/model, where this server cannot read", (await host.Registry.GetLoadableAsync("default", "m", 2, default)).Problem!.Message, StringComparison.Ordinal);
        Assert.Equal("onnx", (await host.Registry.GetLoadableAsync("default", "m", 3, default)).OrThrow().Format);
        Assert.Contains("the MLmodel file cannot be read", (await host.Registry.GetLoadableAsync("default", "m", 4, default)).Problem!.Message, StringComparison.Ordinal);

        // Files may come after the registration.
        Assert.Equal(ProblemCode.NotFound, (await host.Registry.GetLoadableAsync("default", "m", 5, default)).Problem!.Code);
        await artifacts.PutAsync(host, "runs:/r1/later", ("model.onnx", "late"));
        Assert.Equal("onnx", (await host.Registry.GetLoadableAsync("default", "m", 5, default)).OrThrow().Format);
    }

    [Fact]
    public async Task Scan_FindsPicklesAndItsVerdictCanBlock()
    {
        var artifacts = new Artifacts();
        await using var host = await StartAsync(artifacts);
        var evil = await Python.BytesAsync("class E:\n  def __reduce__(s): return os.system, ('id',)\nout.write(pickle.dumps(E()))");
        var plain = await Python.BytesAsync("out.write(pickle.dumps({'a': [1, 2]}))");
        await artifacts.PutBytesAsync(host, "runs:/r1/evil", ("MLmodel", Encoding.UTF8.GetBytes("flavors: {sklearn: {}}")), ("model.pkl", evil));
        await artifacts.PutBytesAsync(host, "runs:/r1/plain", ("model.pkl", plain));
        await host.Mlflow.CreateModelAsync("m");
        await host.Mlflow.CreateVersionAsync("m", "runs:/r1/evil");
        await host.Mlflow.CreateVersionAsync("m", "runs:/r1/plain");
        await host.CallAsync("PUT", "models/m/gate", new { aliases = new[] { "champion" }, pickleScan = "block" });
        Assert.Equal(403, (await host.CallAsync("PUT", "models/m/aliases/champion", new { version = 2 })).Status);
        Assert.Equal(404, (await host.CallAsync("GET", "models/m/versions/1/scan")).Status);

        var scan = (await host.CallAsync("POST", "models/m/versions/1/scan")).Answer!;
        Assert.Equal("dangerous", (string)scan["verdict"]!);
        var finding = Assert.Single(scan["findings"]!.AsArray())!;
        Assert.Equal(("model.pkl", "dangerous", "posix.system"), ((string)finding["file"]!, (string)finding["level"]!, (string)finding["what"]!));
        Assert.Equal("dangerous", (string)(await host.CallAsync("GET", "models/m/versions/1/scan")).Answer!["verdict"]!);
        Assert.Equal("clean", (string)(await host.CallAsync("POST", "models/m/versions/2/scan")).Answer!["verdict"]!);
        Assert.Equal(403, (await host.CallAsync("PUT", "models/m/aliases/champion", new { version = 1 })).Status);
        Assert.Equal(200, (await host.CallAsync("PUT", "models/m/aliases/champion", new { version = 2 })).Status);
        Assert.Equal(404, (await host.CallAsync("POST", "models/m/versions/9/scan")).Status);
    }

    private Task<RegistryHost> StartAsync(Artifacts artifacts) =>
        RegistryHost.StartAsync(engine, services: s => s.AddSingleton<IArtifactFiles>(artifacts).AddSingleton<IModelSources>(artifacts));

    /// <summary>An artifact tree in memory over the real object store.</summary>
    private sealed class Artifacts : IArtifactFiles, IModelSources
    {
        private readonly Dictionary<string, SortedDictionary<string, ObjectDigest>> _trees = new(StringComparer.Ordinal);

        public Task<Dictionary<string, string>> PutAsync(RegistryHost host, string root, params (string Path, string Text)[] files) =>
            PutBytesAsync(host, root, [.. files.Select(f => (f.Path, Encoding.UTF8.GetBytes(f.Text)))]);

        public async Task<Dictionary<string, string>> PutBytesAsync(RegistryHost host, string root, params (string Path, byte[] Bytes)[] files)
        {
            var tree = _trees.TryGetValue(root, out var there) ? there : _trees[root] = new(StringComparer.Ordinal);
            foreach (var (path, bytes) in files)
            {
                tree[path] = (await host.Floor.Objects.PutBytesAsync(bytes, default)).OrThrow();
            }

            return tree.ToDictionary(f => f.Key, f => f.Value.Sha256);
        }

        public Task<Result<IReadOnlyList<ArtifactEntry>>> ListTreeAsync(string ns, string uri, CancellationToken cancellation) =>
            Task.FromResult(Result.From<IReadOnlyList<ArtifactEntry>>(
                _trees.TryGetValue(uri, out var tree) ? [.. tree.Select(f => new ArtifactEntry(f.Key, false, f.Value.Bytes, f.Value.Sha256, default))] : []));

        public Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation) => Task.FromResult(modelId == "m-1"
            ? new LoggedModelSource("m-1", "mlflow-artifacts:/1/models/m-1/artifacts", "run-1")
            {
                Metrics = new Dictionary<string, double> { ["auc"] = 0.9 }, Parameters = new Dictionary<string, string> { ["depth"] = "7" },
            }
            : null);

        public List<string> Noted { get; } = [];

        public Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation)
        {
            Noted.Add($"{modelId}: {name}/{version}");
            return Task.CompletedTask;
        }

        public Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<ArtifactEntry>> FindAsync(string ns, string uri, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<IReadOnlyList<ArtifactEntry>>> ListAsync(string ns, string uri, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<Stream>> OpenAsync(string ns, string uri, long offset, long? length, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<ArtifactEntry>> WriteAsync(string ns, string uri, Stream content, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<long>> DeleteAsync(string ns, string uri, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
