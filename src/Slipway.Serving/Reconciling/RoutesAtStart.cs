using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Loads every service before the server begins to listen (hosted services start before Kestrel does), so that a restart answers its first request
/// instead of denying that the model exists. Also on a replica that does not lead the controller.
/// </summary>
internal sealed class RoutesAtStart(InferenceServiceController controller, ILogger<RoutesAtStart> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var key in await controller.ListKeysAsync(cancellationToken))
            {
                await controller.ReconcileAsync(key, cancellationToken);
            }
        }
        catch (Exception e) when (e is ProblemException or System.Data.Common.DbException or IOException)
        {
            // The controller tries again on its own; a server that does not start helps nobody.
            log.LogError(e, "Not every inference service could be loaded at start");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
