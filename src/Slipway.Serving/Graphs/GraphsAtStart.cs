using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Graphs;

/// <summary>Puts every graph into the table before the server begins to listen.</summary>
internal sealed class GraphsAtStart(GraphFollower controller, ILogger<GraphsAtStart> log) : IHostedService
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
            log.LogError(e, "Not every inference graph could be read at start");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
