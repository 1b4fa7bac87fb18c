using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Scoring;
using Slipway.Serving.Tests.Explanations;

namespace Slipway.Serving.Tests.Scoring;

public sealed class ScoreComponentTests
{
    [Fact]
    public async Task ADataset_IsScored_IntoADatasetOfItsOwn()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", TreeModelFiles.Product);
        await host.MoveAsync("m", "champion", 1);
        var objects = host.Get<IObjectStore>();
        var csv = (await objects.PutBytesAsync(Encoding.UTF8.GetBytes("a,b,c,who\n1,2,3,ann\n4,5,6,bob\n"), CancellationToken.None)).OrThrow();
        var datasets = new OneDataset(objects, csv.Sha256);
        var component = new ScoreComponent(host.Get<ScoringModels>(), host.Get<IBatchScorer>(), objects, [datasets]);
        var inputs = new JsonObject { ["model"] = "models:/m@champion", ["dataset"] = "people", ["output"] = "scored" };

        var outputs = (await component.RunAsync(new ComponentContext("default", Guid.NewGuid().ToString("N"), "score", 1, inputs, _ => { }), CancellationToken.None)).OrThrow();

        Assert.Equal(("scored", 2L, "models:/m/1"), ((string)outputs["dataset"]!, (long)outputs["rows"]!, (string)outputs["model"]!));
        var path = (await objects.LocalPathAsync((string)outputs["digest"]!, CancellationToken.None)).OrThrow();
        using var database = DuckDbDatabase.Open().OrThrow();
        using var connection = database.Connect();
        var scored = connection.Query($"SELECT * FROM read_parquet('{path}')").OrThrow();
        Assert.Equal(["a", "b", "c", "who", "prediction"], scored.Columns.Select(c => c.Name));
        Assert.Equal([5.0, 26.0], ((NumericColumn)scored["prediction"]).Values);

        var missing = await component.RunAsync(new ComponentContext("default", "r", "score", 1, [], _ => { }), CancellationToken.None);
        Assert.Equal(["model", "dataset", "output"], missing.Problem!.Faults.Select(f => f.Path));
    }

    /// <summary>A stand for the module of datasets, over the real object store.</summary>
    private sealed class OneDataset(IObjectStore objects, string digest) : IDatasets
    {
        public async Task<Result<DatasetVersion>> AddVersionAsync(string ns, string name, string format, string source, Stream content, CancellationToken cancellation) =>
            (await objects.PutAsync(content, null, cancellation)).Select(put => new DatasetVersion(ns, name, 1, put.Sha256, format, put.Bytes, 0, [], DateTimeOffset.UnixEpoch));

        public Task<Result<DatasetVersion>> AddFrameAsync(string ns, string name, string source, Frame frame, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<Result<DatasetVersion>> GetVersionAsync(string ns, string name, string version, CancellationToken cancellation) =>
            Task.FromResult<Result<DatasetVersion>>(new DatasetVersion(ns, name, 1, digest, "csv", 0, 2, [], DateTimeOffset.UnixEpoch));

        public Task<Result<Frame>> ReadAsync(DatasetVersion version, DatasetQuery query, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
