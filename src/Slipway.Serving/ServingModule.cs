using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Serving.Ports;
using Slipway.Platform.Controllers;
using Slipway.Platform.Hosting;
using Slipway.Platform.Http;
using Slipway.Platform.Modules;
using Slipway.Platform.Objects;
using Slipway.Platform.Resources;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Batching;
using Slipway.Serving.Doors;
using Slipway.Serving.Explanations;
using Slipway.Serving.Feedback;
using Slipway.Serving.Graphs;
using Slipway.Serving.Grpc;
using Slipway.Serving.Inference;
using Slipway.Serving.Invocations;
using Slipway.Serving.Kinds;
using Slipway.Serving.Models;
using Slipway.Serving.PayloadReading;
using Slipway.Serving.Predictions;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Releases;
using Slipway.Serving.Repository;
using Slipway.Serving.Revisions;
using Slipway.Serving.Rollouts;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Runtimes.Onnx;
using Slipway.Serving.Runtimes.Python;
using Slipway.Serving.Runtimes.Remote;
using Slipway.Serving.Scoring;
using Slipway.Serving.Statistics;
using Slipway.Serving.V1;
using Slipway.Serving.WorkerLogs;

namespace Slipway.Serving;

/// <summary>Inference services: models behind the Open Inference Protocol, canaries and mirroring, the prediction log and its feedback.</summary>
public sealed class ServingModule : IModule
{
    public string Name => "serving";

    /// <summary>For the command line: scores local files.</summary>
    public static IBatchScorer CreateBatchScorer() => new Scoring.Files.BatchScorer(TimeProvider.System);

    public IEnumerable<ResourceKind> Kinds => [InferenceServiceKind.Definition, RolloutsRegistration.Kind, ReleasesRegistration.Kind, GraphRegistration.Kind];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(ServingOptions.Read(configuration)).AddSingleton<ServingMetrics>();
        services.AddSingleton<LaneInstruments>().AddSingleton<ThreadReserve>().AddSingleton<LaneFactory>();
        services.AddSingleton<RouteTable>().AddSingleton<StatisticsTable>().AddSingleton<RevisionStore>().AddSingleton<RevisionHost>().AddSingleton<ModelLoader>();
        services.AddSingleton<IObjectHolder>(provider => provider.GetRequiredService<RevisionStore>());
        services.AddSingleton<IModelRuntime, OnnxRuntime>().AddSingleton<ModelNews>().AddHostedService<NewsReader>();
        services.AddSingleton<IModelRuntime, RemoteRuntime>().AddSingleton<RemoteModels>();
        services.AddPythonWorkers(configuration);
        services.AddSingleton(S3Options.Read(configuration)).AddSingleton<S3Files>().AddSingleton<ModelFetcher>();
        services.AddSingleton<ManifestStore>().AddSingleton<FolderImporter>().AddSingleton<IObjectHolder>(provider => provider.GetRequiredService<ManifestStore>());
        services.AddSingleton<PredictionStore>().AddSingleton<PredictionLogWriter>().AddSingleton<FeedbackStore>();
        services.AddSingleton<Predictor>().AddSingleton<MirrorQueue>().AddSingleton<MirrorWorker>().AddSingleton<LogFlush>();
        services.AddSingleton<DescribeConfig>().AddSingleton<DescribeStatistics>().AddSingleton<ModelProbe>().AddSingleton<ModelRepository>().AddSingleton<RepositoryRoutes>();
        services.AddSingleton<LabelledVersions>().AddSingleton<PredictV1>().AddSingleton<DescribeV1>().AddSingleton<Invoke>().AddSingleton<Ping>();
        services.AddSingleton<GrpcInfer>().AddSingleton<GrpcChains>().AddSingleton<GrpcDescribe>().AddSingleton<GrpcRepository>().AddSingleton<GrpcHealth>().AddSingleton<GrpcInferenceService>();
        services.AddSingleton<Infer>().AddSingleton<DescribeModel>().AddSingleton<DescribeServer>();
        services.AddSingleton<ServicePath>().AddSingleton<SendFeedback>().AddSingleton<SummarizePredictions>().AddSingleton<ListWindows>();
        services.AddScoring().AddSingleton<IPredictionLog, PredictionLog>().AddSingleton<ICallCounts, CallCountStore>();
        services.AddSingleton<CodeHost>().AddSingleton<CodePlanner>().AddSingleton<ModelResolver>().AddSingleton<FileModels>().AddSingleton<ServicePlanner>().AddSingleton<StatusWriter>().AddSingleton<ServerAddress>();
        services.AddPayloads().AddSingleton<WorkerLogReader>().AddSingleton<ReadWorkerLogs>();
        services.AddSingleton<ServiceRouting>().AddController<InferenceServiceController>().AddReplicaController<RouteController>();
        services.AddRollouts().AddReleases().AddSingleton<RouteMaker>();
        services.AddExplanations(configuration);
        services.AddGraphs();

        // Stopped in reverse: the mirror hands its last answers to the log before the log closes.
        services.AddPayloadWorkers();
        services.AddHostedService(p => p.GetRequiredService<PredictionLogWriter>());
        services.AddHostedService(p => p.GetRequiredService<MirrorWorker>());
        services.AddSingleton<RoutesAtStart>().AddHostedService(p => p.GetRequiredService<RoutesAtStart>());
        services.AddSingleton<IReadinessCheck>(p => p.GetRequiredService<RoutesAtStart>());
        services.AddHostedService<GraphsAtStart>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        MapProtocol(routes, "/v2");
        MapProtocol(routes, "/serving/{ns}/{service}/v2");
        MapV1(routes);
        routes.MapExplanations();
        routes.MapGraphs();
        routes.MapPredictors();
        routes.MapScoring();
        routes.ServiceProvider.GetRequiredService<GrpcInferenceService>().Map(routes);

        routes.ServiceProvider.GetRequiredService<RolloutRoutes>().Map(routes);
        const string Service = "/api/slipway/v1/namespaces/{ns}/inferenceservices/{name}";
        routes.MapPost($"{Service}/feedback", (HttpContext http, SendFeedback operation) => operation.HandleAsync(http)).RequirePermission("predictions.write");
        routes.MapGet($"{Service}/predictions/summary", (HttpContext http, SummarizePredictions operation) => operation.HandleAsync(http))
            .RequirePermission("predictions.read");
        routes.MapPayloads(Service);
        routes.MapGet($"{Service}/logs", (HttpContext http, ReadWorkerLogs operation) => operation.HandleAsync(http)).RequirePermission("predictions.read");
        routes.MapGet($"{Service}/windows", (HttpContext http, ListWindows operation) => operation.HandleAsync(http)).RequirePermission("predictions.read");
    }

    private static void MapV1(IEndpointRouteBuilder routes)
    {
        var (predict, describe, server) = (
            routes.ServiceProvider.GetRequiredService<PredictV1>(),
            routes.ServiceProvider.GetRequiredService<DescribeV1>(),
            routes.ServiceProvider.GetRequiredService<DescribeServer>());
        var door = routes.ServiceProvider.GetRequiredService<ServiceDoor>();
        foreach (var at in new[] { "/v1", "/serving/{ns}/{service}/v1" })
        {
            routes.MapGet($"{at}/models", server.ListModelsAsync).RequirePermission("models.read");
            foreach (var path in new[] { $"{at}/models/{{model}}", $"{at}/models/{{model}}/versions/{{version}}", $"{at}/models/{{model}}/labels/{{label}}" })
            {
                routes.MapGet(path, describe.StatusAsync).RequirePermission("models.read");
                routes.MapGet($"{path}/metadata", describe.MetadataAsync).RequirePermission("models.read");
                routes.MapPost($"{path}:predict", door.Around(predict.HandleAsync)).RequirePermission("models.infer").ReadsCaller();
            }
        }

        var (invoke, ping) = (routes.ServiceProvider.GetRequiredService<Invoke>(), routes.ServiceProvider.GetRequiredService<Ping>());
        foreach (var at in new[] { "", "/serve/{model}", "/serving/{ns}/{service}" })
        {
            routes.MapPost($"{at}/invocations", door.Around(invoke.HandleAsync)).RequirePermission("models.infer").ReadsCaller();
            routes.MapGet($"{at}/ping", ping.HandleAsync).Public();
            if (at.Length > 0)
            {
                // At the root these two are the whole server's.
                routes.MapGet($"{at}/health", ping.HandleAsync).Public();
                routes.MapGet($"{at}/version", Ping.VersionAsync).Public();
            }
        }
    }

    private static void MapProtocol(IEndpointRouteBuilder routes, string at)
    {
        var (infer, model, server) = (
            routes.ServiceProvider.GetRequiredService<Infer>(),
            routes.ServiceProvider.GetRequiredService<DescribeModel>(),
            routes.ServiceProvider.GetRequiredService<DescribeServer>());
        routes.MapGet($"{at}/health/live", DescribeServer.LiveAsync).Public();
        routes.MapGet($"{at}/health/ready", server.ReadyAsync).Public();
        routes.MapGet(at, DescribeServer.MetadataAsync).Public();
        routes.MapGet($"{at}/models", server.ListModelsAsync).RequirePermission("models.read");
        var door = routes.ServiceProvider.GetRequiredService<ServiceDoor>();
        var (config, statistics, repository) = (
            routes.ServiceProvider.GetRequiredService<DescribeConfig>(),
            routes.ServiceProvider.GetRequiredService<DescribeStatistics>(),
            routes.ServiceProvider.GetRequiredService<RepositoryRoutes>());
        routes.MapPost($"{at}/repository/index", repository.IndexAsync).RequirePermission("models.read");
        routes.MapPost($"{at}/repository/models/{{model}}/load", repository.LoadAsync).RequirePermission("models.write");
        routes.MapPost($"{at}/repository/models/{{model}}/unload", repository.UnloadAsync).RequirePermission("models.write");
        routes.MapGet($"{at}/models/stats", statistics.AllAsync).RequirePermission("models.read");
        foreach (var path in new[] { $"{at}/models/{{model}}", $"{at}/models/{{model}}/versions/{{version}}" })
        {
            routes.MapGet(path, model.MetadataAsync).RequirePermission("models.read");
            routes.MapGet($"{path}/ready", model.ReadyAsync).RequirePermission("models.read");
            routes.MapGet($"{path}/config", config.HandleAsync).RequirePermission("models.read");
            routes.MapGet($"{path}/stats", statistics.OneAsync).RequirePermission("models.read");
            routes.MapPost($"{path}/infer", door.Around(infer.HandleAsync)).RequirePermission("models.infer").ReadsCaller();
        }
    }
}
