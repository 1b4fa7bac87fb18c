using Microsoft.Extensions.Hosting;
using Slipway.Platform.Controllers;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>Brings a service's status up to date when its sink begins or ceases to take events.</summary>
internal sealed class SinkWatch(EventSinks sinks, InferenceServiceController controller) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var (ns, name) in sinks.Turned.ReadAllAsync(stoppingToken))
            {
                // An outcome other than done is left to the controller's own clock: it looks again while a sink fails.
                await controller.ReconcileAsync(new ResourceRef(ns, name), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }
}
