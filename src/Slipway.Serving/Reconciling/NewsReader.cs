using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Reconciling;

/// <summary>Has the status of a service written anew when its model's copies came, went or failed.</summary>
internal sealed class NewsReader(ModelNews news, InferenceServiceController controller, TimeProvider time, ILogger<NewsReader> log) : BackgroundService
{
    /// <summary>News come in flocks: several copies start at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await news.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Pause, time, stoppingToken);
            var keys = new HashSet<ResourceRef>();
            while (news.Reader.TryRead(out var told))
            {
                keys.Add(new ResourceRef(told.Namespace, told.Service));
            }

            foreach (var key in keys)
            {
                await ReconcileAsync(key, stoppingToken);
            }
        }
    }

    private async Task ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        try
        {
            await controller.ReconcileAsync(key, cancellation);
        }
        catch (Exception e) when (e is ProblemException or System.Data.Common.DbException or IOException)
        {
            log.LogWarning(e, "The status of {Service} could not be written", key);
        }
    }
}
