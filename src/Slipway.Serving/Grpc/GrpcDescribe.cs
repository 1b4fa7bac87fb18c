using Google.Protobuf;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Graphs;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Statistics;

namespace Slipway.Serving.Grpc;

/// <summary>What the server and its models are and have done: liveness, readiness, metadata, configuration, statistics.</summary>
internal sealed class GrpcDescribe(RouteTable routes, GraphTable graphs, DescribeStatistics statistics)
{
    private const string GraphPlatform = "slipway_graph";

    public static Result<IMessage> Live(GrpcCall call, ServerLiveRequest request) => new ServerLiveResponse { Live = true };

    public static Result<IMessage> Server(GrpcCall call, ServerMetadataRequest request) =>
        new ServerMetadataResponse { Name = DescribeServer.Name, Version = DescribeServer.Version, Extensions = { DescribeServer.Extensions } };

    /// <summary>Ready when every model can answer, as over HTTP.</summary>
    public Result<IMessage> Ready(GrpcCall call, ServerReadyRequest request) => new ServerReadyResponse { Ready = AllReady };

    public bool AllReady => routes.All.All(r => r.Stable is not null);

    /// <summary>An unknown model is not ready; only its metadata is not found.</summary>
    public Result<IMessage> ModelReady(GrpcCall call, ModelReadyRequest request) =>
        new ModelReadyResponse { Ready = GrpcTarget.FindLoaded(routes, call, request.Name, request.Version).Succeeded || IsGraph(call, request.Name, request.Version) };

    /// <summary>Of a graph only that it is one: its inputs are those of whichever step comes first.</summary>
    public Result<IMessage> Model(GrpcCall call, ModelMetadataRequest request) =>
        IsGraph(call, request.Name, request.Version)
        ? new ModelMetadataResponse { Name = request.Name, Platform = GraphPlatform }
        : GrpcTarget.FindLoaded(routes, call, request.Name, request.Version).Select<IMessage>(found =>
        {
            var model = found.Revision.Model.Model;
            return new ModelMetadataResponse
            {
                Name = found.Route.Name,
                Platform = model.Platform,
                Versions = { found.Route.Loaded.Select(r => r.VersionText).Distinct() },
                Inputs = { model.Inputs.Select(Metadata) },
                Outputs = { model.Outputs.Select(Metadata) },
                Properties = { ModelProperties.Of(found.Revision.Model).ToDictionary() },
            };
        });

    /// <summary>A service goes before a graph of the same name, as when it is asked.</summary>
    private bool IsGraph(GrpcCall call, string name, string version) =>
        version.Length == 0 && !GrpcTarget.Find(routes, call, name).Succeeded && graphs.Find(GrpcTarget.NamespaceOf(call), name) is not null;

    public Result<IMessage> Config(GrpcCall call, ModelConfigRequest request) =>
        GrpcTarget.FindLoaded(routes, call, request.Name, request.Version).Select<IMessage>(found =>
        {
            var (model, batching) = (found.Revision.Model.Model, found.Revision.Lane.Batching);
            return new ModelConfigResponse
            {
                Config = new Messages.ModelConfig
                {
                    MaxBatchSize = batching?.MaxRows ?? 0,
                    DynamicBatching = batching is null ? null : new ModelDynamicBatching
                    {
                        PreferredBatchSize = { batching.Preferred }, MaxQueueDelayMicroseconds = (ulong)batching.MaxDelay.TotalMicroseconds,
                    },
                    Name = found.Route.Name,
                    Platform = model.Platform,
                    Backend = Inference.ModelConfig.BackendOf(model),
                    Input = { model.Inputs.Select(i => new ModelInput { Name = i.Name, DataType = TypeOf(i.Type), Optional = i.Optional, Dims = { Inference.ModelConfig.DimsOf(i, batching is not null) } }) },
                    Output = { model.Outputs.Select(o => new ModelOutput { Name = o.Name, DataType = TypeOf(o.Type), Dims = { Inference.ModelConfig.DimsOf(o, batching is not null) } }) },
                },
            };
        });

    public Result<IMessage> Statistics(GrpcCall call, ModelStatisticsRequest request)
    {
        var ns = GrpcTarget.NamespaceOf(call);
        var version = request.Version.Length == 0 ? null : request.Version;
        var models = request.Name.Length == 0
            ? routes.All.Where(r => r.Namespace == ns).Select(r => r.Name).Order(StringComparer.Ordinal).ToArray()
            : [request.Name];
        if (request.Name.Length > 0 && GrpcTarget.Find(routes, call, request.Name).Problem is { } unknown)
        {
            return unknown;
        }

        var found = models.SelectMany(model => statistics.Of(ns, model, version)).ToArray();
        return found.Length == 0 && version is not null
            ? Problem.NotFound($"Version '{version}' of model '{request.Name}'")
            : new ModelStatisticsResponse { ModelStats = { found.Select(f => StatisticsOf(f.Model, f.Version, f.Statistics)) } };
    }

    private static ModelMetadataResponse.Types.TensorMetadata Metadata(OnnxTensorSpec spec) =>
        new() { Name = spec.Name, Datatype = spec.Datatype, Shape = { spec.Dims } };

    private static DataType TypeOf(OnnxType type) => type switch
    {
        OnnxType.BOOL => DataType.TypeBool,
        OnnxType.UINT8 => DataType.TypeUint8,
        OnnxType.UINT16 => DataType.TypeUint16,
        OnnxType.UINT32 => DataType.TypeUint32,
        OnnxType.UINT64 => DataType.TypeUint64,
        OnnxType.INT8 => DataType.TypeInt8,
        OnnxType.INT16 => DataType.TypeInt16,
        OnnxType.INT32 => DataType.TypeInt32,
        OnnxType.INT64 => DataType.TypeInt64,
        OnnxType.FP16 => DataType.TypeFp16,
        OnnxType.FP32 => DataType.TypeFp32,
        OnnxType.FP64 => DataType.TypeFp64,
        OnnxType.BF16 => DataType.TypeBf16,
        _ => DataType.TypeString,
    };

    private static Messages.ModelStatistics StatisticsOf(string model, string version, Serving.Statistics.ModelStatistics counted) => new()
    {
        Name = model,
        Version = version,
        LastInference = (ulong)counted.LastInference,
        InferenceCount = (ulong)counted.Inferences,
        ExecutionCount = (ulong)counted.Executions,
        InferenceStats = new InferStatistics
        {
            Success = Of(counted.Success),
            Fail = Of(counted.Fail),
            Queue = Of(counted.Queue),
            ComputeInput = Of(counted.ComputeInput),
            ComputeInfer = Of(counted.ComputeInfer),
            ComputeOutput = Of(counted.ComputeOutput),
            CacheHit = Of(counted.CacheHit),
            CacheMiss = Of(counted.CacheMiss),
        },
        MemoryUsage =
        {
            counted.MemoryBytes > 0 ? [new MemoryUsage { Type = "CPU", ByteSize = (ulong)counted.MemoryBytes }] : Array.Empty<MemoryUsage>(),
        },
        BatchStats =
        {
            counted.Batches.Select(b => new InferBatchStatistics
            {
                BatchSize = (ulong)b.Key,
                ComputeInput = Of(b.Value.ComputeInput),
                ComputeInfer = Of(b.Value.ComputeInfer),
                ComputeOutput = Of(b.Value.ComputeOutput),
            }),
        },
    };

    private static StatisticDuration Of(DurationCount counted) => new() { Count = (ulong)counted.Count, Ns = (ulong)counted.Nanoseconds };
}
