using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Slipway.Platform.Controllers;
using Slipway.Serving.Payloads;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>Brings a service's status up to date when its sink begins or ceases to take events, or its object store payload files.</summary>
internal sealed class SinkWatch(EventSinks sinks, PayloadUploader uploader, InferenceServiceController controller) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(FollowAsync(sinks.Turned, stoppingToken), FollowAsync(uploader.Turned, stoppingToken));

    private async Task FollowAsync(ChannelReader<(string Namespace, string Name)> turned, CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var (ns, name) in turned.ReadAllAsync(stoppingToken))
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
