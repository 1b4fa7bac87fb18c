using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Platform.Telemetry;

public static class TelemetryServices
{
    /// <summary>
    /// Metrics for <c>/metrics</c>; traces over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set (OpenTelemetry is not even loaded otherwise); logs on
    /// standard output as lines, or as JSON objects with <c>SLIPWAY_LOG_FORMAT=json</c>.
    /// </summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        // Made here and now, so that nothing recorded during the start is missed.
        services.AddSingleton(new MetricCollector());
        services.AddLogging(logging => AddConsole(logging, configuration["SLIPWAY_LOG_FORMAT"]));
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } endpoint)
        {
            AddTraces(services, endpoint, configuration);
        }

        return services;
    }

    /// <summary><c>GET /metrics</c>.</summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/metrics",
        (HttpContext context) =>
        {
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(context.RequestServices.GetRequiredService<MetricCollector>().Render(), context.RequestAborted);
        }).Public();

    private static void AddConsole(ILoggingBuilder logging, string? format)
    {
        const string Time = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        logging.ClearProviders();

        // Four lines per request are noise; the request metrics tell the same.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // As long as this one may log at all, ASP.NET Core makes an Activity, ids and a log scope for every request (2 to 3 us). Traces have their
        // activities without it, and what fails is logged by the server itself.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        switch (format)
        {
            case null or "" or "text":
                logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, Time, true));
                break;
            case "json":
                logging.AddJsonConsole(o => (o.IncludeScopes, o.TimestampFormat, o.UseUtcTimestamp) = (true, Time.TrimEnd(), true));
                break;
            default:
                throw new ProblemException(Problem.Invalid($"SLIPWAY_LOG_FORMAT is '{format}': it may be text or json"));
        }
    }

    // Apart, so that the assemblies behind it load only when it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddTraces(IServiceCollection services, string endpoint, IConfiguration configuration) =>
        services.AddHostedService(_ => OtlpTraces.Create(endpoint, configuration));
}
