using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Data.Ports;
using Slipway.Data.Profiling;
using Slipway.Data.Tables;
using Slipway.Data.Versions;
using Slipway.Platform.Modules;
using Slipway.Platform.Objects;

namespace Slipway.Data;

/// <summary>Versions of datasets, named by their bytes, with schema and profile.</summary>
public sealed class DataModule : IModule
{
    public string Name => "data";

    /// <summary>For the command line: profiles files without a server.</summary>
    public static IFileProfiler CreateFileProfiler() => new FileProfiler(new Analytics(new DataOptions()));

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Slipway:Data");
        var standard = new DataOptions();
        var options = new DataOptions
        {
            MaxUploadBytes = section.GetValue(nameof(DataOptions.MaxUploadBytes), standard.MaxUploadBytes),
            MemoryLimit = section.GetValue(nameof(DataOptions.MemoryLimit), standard.MemoryLimit)!,
            Threads = section.GetValue(nameof(DataOptions.Threads), standard.Threads),
            TempFolder = section.GetValue(nameof(DataOptions.TempFolder), standard.TempFolder)!,
        };
        var faults = options.Faults().ToList();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", faults));
        }

        services.AddSingleton(options);
        services.AddSingleton<DataMetrics>();
        services.AddSingleton<Analytics>();
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<IObjectHolder>(s => s.GetRequiredService<DatasetStore>());
        services.AddSingleton<Datasets>();
        services.AddSingleton<IDatasets>(s => s.GetRequiredService<Datasets>());
        services.AddSingleton<IFileProfiler, FileProfiler>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        AddVersion.Map(routes);
        ListDatasets.Map(routes);
        ListVersions.Map(routes);
        GetVersion.Map(routes);
        GetProfile.Map(routes);
        ListRows.Map(routes);
    }
}
