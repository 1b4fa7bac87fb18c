using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Platform.Events;

namespace Slipway.Platform.Controllers;

/// <summary>A controller that every replica runs for itself, whoever leads: it moves what is in this process, and writes nothing that others write too.</summary>
public sealed record ReplicaController(IController Controller);

/// <summary>Runs the controllers of this process alone, from its start to its end.</summary>
internal sealed class ReplicaRuntime(
    IEnumerable<ReplicaController> controllers, IEventLog events, ControllerOptions options, TimeProvider time, ILogger<ReplicaRuntime> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The rest of the start-up does not wait for the first look at the log.
        await Task.Yield();
        await Task.WhenAll(controllers.Select(c => Task.Run(
            () => new ControllerLoop(c.Controller, events, options, time, Random.Shared, log).RunAsync(stoppingToken), CancellationToken.None)));
    }
}
