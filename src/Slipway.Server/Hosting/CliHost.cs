using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Cli.Hosting;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Data;
using Slipway.Monitoring;
using Slipway.Serving;
using Slipway.Tracking;

namespace Slipway.Server.Hosting;

/// <summary>Gives the command line what it may not know: the server and the tools for local files.</summary>
internal sealed class CliHost : ICliHost
{
    public async Task<int> RunServerAsync(ServerSettings settings, CancellationToken cancellation)
    {
        await using var app = SlipwayServer.Build(settings);

        // SIGTERM and Ctrl+C stop the host, which drains; UseConsoleLifetime is not there in an empty builder.
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => Stop(signal, app));
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT, signal => Stop(signal, app));
        var address = await SlipwayServer.StartAsync(app, cancellation);
        await Console.Error.WriteLineAsync($"slipway is ready at {address.ToString().TrimEnd('/')} (data in {settings.DataDirectory})");
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    public async Task<IRunningServer> StartServerAsync(ServerSettings settings, CancellationToken cancellation)
    {
        var app = SlipwayServer.Build(settings, quiet: true);
        try
        {
            return new RunningServer(app, await SlipwayServer.StartAsync(app, cancellation));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public T LocalTool<T>()
        where T : class
    {
        object tool = typeof(T) == typeof(IFileProfiler) ? DataModule.CreateFileProfiler()
            : typeof(T) == typeof(IDriftComparer) ? MonitoringModule.CreateDriftComparer()
            : typeof(T) == typeof(IBatchScorer) ? ServingModule.CreateBatchScorer()
            : typeof(T) == typeof(IMlflowArchives) ? TrackingModule.CreateMlflowArchives()
            : throw new InvalidOperationException($"there is no local tool {typeof(T).Name}");
        return (T)tool;
    }

    private static void Stop(System.Runtime.InteropServices.PosixSignalContext signal, WebApplication app)
    {
        signal.Cancel = true;
        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }

    private sealed class RunningServer(WebApplication app, Uri address) : IRunningServer
    {
        public Uri BaseAddress => address;

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
