using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Modules;
using Slipway.Platform.Objects;
using Slipway.Registry.Aliases;
using Slipway.Registry.Catalog;
using Slipway.Registry.Discovery;
using Slipway.Registry.Files;
using Slipway.Registry.Filling;
using Slipway.Registry.Governance;
using Slipway.Registry.Imports;
using Slipway.Registry.Kubeflow;
using Slipway.Registry.Mlflow;
using Slipway.Registry.Models;
using Slipway.Registry.Scanning;
using Slipway.Registry.Service;
using Slipway.Registry.Signing;
using Slipway.Registry.Usage;
using Slipway.Registry.Versions;
using Slipway.Registry.Webhooks;

namespace Slipway.Registry;

/// <summary>Registered models: numbered, immutable versions, and aliases with their history.</summary>
public sealed class RegistryModule : IModule
{
    public string Name => "registry";

    public void AddServices(IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<IModelRegistry, ModelRegistry>()
        .AddSingleton<IModelFolders, ModelFolders>()
        .AddSingleton<IObjectHolder, HeldObjectsStore>()
        .AddSingleton<VersionSigner>()
        .AddHostedService<RowFiller>()
        .AddSingleton<VersionInspector>()
        .AddSingleton<VersionFiles>()
        .AddSingleton<TrainedFiles>()
        .AddSingleton<ModelUsage>()
        .AddSingleton(RegistryOptions.From(configuration))
        .AddSingleton<HookClient>()
        .AddHostedService<HookSender>()
        .AddSingleton<IModelVersionFiles>(services => services.GetRequiredService<TrainedFiles>());

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/api/slipway/v1/namespaces/{ns}/models");
        ListModels.Map(models);
        GetModel.Map(models);
        GetVersion.Map(models);
        DownloadArtifact.Map(models);
        GetLineage.Map(models);
        CompareVersions.Map(models);
        SetAlias.Map(models);
        RemoveAlias.Map(models);
        GetAliasHistory.Map(models);
        EditModel.Map(models);
        GetUsage.Map(models);
        GetGraph.Map(models);
        ModelCards.Map(models);
        CheckGate.Map(models);
        RequestRoutes.Map(models);
        RollBackAlias.Map(models);
        SetStage.Map(models);
        ScanVersion.Map(models);
        VersionFilesRoutes.Map(models, routes);

        var ns = routes.MapGroup("/api/slipway/v1/namespaces/{ns}");
        SearchCatalog.Map(ns);
        ModelGate.Map(models, ns);

        MlflowModelRoutes.Map(routes);
        WebhookRoutes.Map(routes);
        KfRoutes.Map(routes);
        ImportModels.Map(routes.MapGroup("/api/slipway/v1/namespaces/{ns}/import"));
        ExportModels.Map(routes.MapGroup("/api/slipway/v1/namespaces/{ns}/export"));
    }
}
