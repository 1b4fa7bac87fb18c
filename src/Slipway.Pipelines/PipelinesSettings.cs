using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Hosting;

namespace Slipway.Pipelines;

/// <summary>Reads the module's options from the configuration.</summary>
internal static class PipelinesSettings
{
    public static string DefaultFolder(IServiceProvider provider) =>
        Path.Combine(provider.GetService<DataFolder>()?.FullPath ?? Path.Combine(Path.GetTempPath(), "slipway"), "pipelines");

    public static PipelinesOptions Read(IConfigurationSection section)
    {
        var defaults = new PipelinesOptions();
        return new PipelinesOptions
        {
            ParallelSteps = section.GetValue(nameof(PipelinesOptions.ParallelSteps), defaults.ParallelSteps),
            ParallelWorkloads = section.GetValue(nameof(PipelinesOptions.ParallelWorkloads), defaults.ParallelWorkloads),
            ParallelPerNamespace = section.GetValue(nameof(PipelinesOptions.ParallelPerNamespace), defaults.ParallelPerNamespace),
            LiveRuns = section.GetValue(nameof(PipelinesOptions.LiveRuns), defaults.LiveRuns),
            MaxAttempts = section.GetValue(nameof(PipelinesOptions.MaxAttempts), defaults.MaxAttempts),
            MostLostServers = section.GetValue(nameof(PipelinesOptions.MostLostServers), defaults.MostLostServers),
            Folder = section.GetValue(nameof(PipelinesOptions.Folder), defaults.Folder),
            PipelineRoot = section.GetValue(nameof(PipelinesOptions.PipelineRoot), defaults.PipelineRoot)!,
            Backend = section.GetValue(nameof(PipelinesOptions.Backend), defaults.Backend),
            LogBytes = section.GetValue(nameof(PipelinesOptions.LogBytes), defaults.LogBytes),
            DiskBytes = section.GetValue(nameof(PipelinesOptions.DiskBytes), defaults.DiskBytes),
            ParameterBytes = section.GetValue(nameof(PipelinesOptions.ParameterBytes), defaults.ParameterBytes),
            FinalStatusOfSuccess = section.GetValue(nameof(PipelinesOptions.FinalStatusOfSuccess), defaults.FinalStatusOfSuccess)!,
            OpenLineageUrl = section.GetValue(nameof(PipelinesOptions.OpenLineageUrl), defaults.OpenLineageUrl),
            OpenLineageFile = section.GetValue(nameof(PipelinesOptions.OpenLineageFile), defaults.OpenLineageFile),
        };
    }
}
