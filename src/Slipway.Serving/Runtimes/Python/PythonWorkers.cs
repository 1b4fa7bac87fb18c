using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Compute.Backends;
using Slipway.Compute.Containers;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Serving.Artifacts;

namespace Slipway.Serving.Runtimes.Python;

internal static class PythonWorkers
{
    public static void AddPythonWorkers(this IServiceCollection services, IConfiguration configuration)
    {
        // Whoever runs workloads shares the backends; whichever module comes first registers them.
        services.TryAddSingleton(provider => new ComputeBackends(
            new ProcessBackend(new ProcessOptions(), provider.GetRequiredService<TimeProvider>()),
            new ContainerBackend(new ContainerOptions(), provider.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton<WorkloadLogs>();
        services.AddSingleton(WorkerOptions.Read(configuration)).AddSingleton(ServingFolder.Of).AddSingleton<UnpackedModels>();
        services.AddSingleton<WorkerHost>().AddHostedService(provider => provider.GetRequiredService<WorkerHost>());
        services.AddSingleton<WorkerPools>().AddSingleton<IModelRuntime, PythonModelRuntime>().AddSingleton<ICodeRuntime, PythonCodeRuntime>();
    }
}
