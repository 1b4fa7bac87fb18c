using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Telemetry;

/// <summary>Sends spans of requests, outgoing calls and our own sources to an OTLP collector.</summary>
internal sealed class OtlpTraces(string serviceName, Uri endpoint, OtlpExportProtocol protocol) : IHostedService
{
    private TracerProvider? _provider;

    public static OtlpTraces Create(string endpoint, IConfiguration configuration)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ProblemException(Problem.Invalid(
                $"OTEL_EXPORTER_OTLP_ENDPOINT is '{endpoint}': it must be an http or https URL such as http://collector:4317"));
        }

        var http = configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf";

        // Over HTTP each signal has a path of its own below the endpoint.
        var target = http ? new Uri(uri.AbsoluteUri.TrimEnd('/') + "/v1/traces") : uri;
        return new OtlpTraces(configuration["OTEL_SERVICE_NAME"] ?? "slipway", target, http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(serviceName))
            .AddSource("Slipway.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
            .AddOtlpExporter(o => (o.Endpoint, o.Protocol) = (endpoint, protocol))
            .Build();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is still held back.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider?.Dispose();
        return Task.CompletedTask;
    }
}
