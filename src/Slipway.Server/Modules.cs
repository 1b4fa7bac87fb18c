using Slipway.Data;
using Slipway.Loop;
using Slipway.Monitoring;
using Slipway.Pipelines;
using Slipway.Platform.Modules;
using Slipway.Registry;
using Slipway.Serving;
using Slipway.Traces;
using Slipway.Tracking;
using Slipway.Training;

namespace Slipway.Server;

/// <summary>What Slipway is made of: the table of contents.</summary>
internal static class Modules
{
    public static IReadOnlyList<IModule> All { get; } =
    [
        new DataModule(),
        new TrackingModule(),
        new TracesModule(),
        new RegistryModule(),
        new TrainingModule(),
        new PipelinesModule(),
        new ServingModule(),
        new MonitoringModule(),
        new LoopModule(),
    ];
}
