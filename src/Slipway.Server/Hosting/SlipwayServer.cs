using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Cli.Hosting;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Hosting;
using Slipway.Platform.Http.Kubernetes;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Platform.Resources.Storage;
using Slipway.Platform.Telemetry;
using Slipway.Server.Audit;
using Slipway.Server.Health;
using Slipway.Server.Pages;
using Slipway.Server.Security;

namespace Slipway.Server.Hosting;

/// <summary>The whole server in this process.</summary>
internal static class SlipwayServer
{
    /// <summary>What draining may take, logs that are still to be written included: less than the 30 s after which Kubernetes kills.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(25);

    /// <summary>Composes everything; nothing is opened yet.</summary>
    /// <param name="quiet">Only errors are logged: the screen belongs to somebody else.</param>
    public static WebApplication Build(ServerSettings settings, bool quiet = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "slipway", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddEnvironmentVariables();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // MLflow's clients name a hundred runs and more in one query string.
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            var address = settings.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(settings.Host);
            kestrel.Listen(address, settings.Port);
            GrpcPort.Listen(kestrel, settings, address, builder.Configuration);
        });

        var services = builder.Services;
        services.Configure<HostOptions>(o => o.ShutdownTimeout = DrainLimit);
        services.AddSingleton<Listeners>().AddSingleton<IConnectionListenerFactory>(p => p.GetRequiredService<Listeners>());
        services.AddSingleton<Drain>().AddHostedService(p => p.GetRequiredService<Drain>());
        services.AddSingleton<IReadinessCheck>(p => p.GetRequiredService<Drain>());
        services.AddRouting();
        services.AddMetrics();
        services.AddTelemetry(builder.Configuration);
        services.AddLogging(logging => logging
            .AddFilter(null, quiet ? LogLevel.Error : LogLevel.Information)
            .AddFilter("Microsoft", quiet ? LogLevel.Error : LogLevel.Warning)

            // A start that fails is told once, in one line, by whoever asked for it.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));
        services.AddFloor(new FloorOptions
        {
            DataFolder = settings.DataDirectory, DatabaseUrl = settings.Database, ObjectsUrl = settings.Objects, SecretKey = builder.Configuration["SLIPWAY_SECRET_KEY"],
        });
        services.AddSingleton(new KindCatalog([.. CoreKinds.All, .. Modules.All.SelectMany(m => m.Kinds)]));
        services.AddResources();
        services.AddResourceApi();
        services.AddSingleton(AccessPolicy.Read(settings, builder.Configuration));
        foreach (var module in Modules.All)
        {
            module.AddServices(services, builder.Configuration);
        }

        var app = builder.Build();
        var drain = app.Services.GetRequiredService<Drain>();
        app.Use((http, next) =>
        {
            drain.OnRequest(http);
            return next(http);
        });
        app.UseMiddleware<LastResort>();
        app.UseAjaxPrefix();
        app.UseRouting();
        app.UseMiddleware<AccessControl>();
        Map(app);
        return app;
    }

    /// <summary>Migrates, starts and answers with the address.</summary>
    /// <exception cref="ProblemException">For what the user can mend: the folder is locked, the port is taken, the database is away.</exception>
    public static async Task<Uri> StartAsync(WebApplication app, CancellationToken cancellation)
    {
        var migrations = Modules.All.Select(m => new ModuleMigrations(m.Name, m.GetType().Assembly));
        (await app.Services.GetRequiredService<Floor>().StartAsync(migrations, cancellation)).OrThrow();
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new ProblemException(Problem.Conflict($"{exception.Message.TrimEnd('.')}: stop what listens there, or choose another port with --port"));
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new Uri(address);
    }

    private static void Map(WebApplication app)
    {
        Probes.Map(app);
        app.MapMetrics();
        VerifyAudit.Map(app);
        ListEvents.Map(app);
        HomePage.Map(app);
        foreach (var module in Modules.All)
        {
            module.MapRoutes(app);
        }

        app.MapResourceApi();
        UnknownRoute.Map(app);
    }
}
