using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Telemetry;

namespace Slipway.Platform.Tests.Telemetry;

public class TelemetryServicesTests
{
    [Fact]
    public async Task Metrics_AreServedAsPrometheusText()
    {
        await using var app = await StartAsync([], routes => routes.MapMetrics());
        using var client = new HttpClient();
        using var answer = await client.GetAsync(app.Urls.First() + "/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Contains("# TYPE process_resident_memory_bytes gauge", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await client.GetAsync(app.Urls.First() + "/metrics");
        Assert.Contains("http_server_request_duration_seconds_count", await client.GetStringAsync(app.Urls.First() + "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfiguredCollector_ReceivesSpans()
    {
        var received = new TaskCompletionSource<(string Path, string? Type, long Bytes)>();
        await using var collector = await StartAsync([], routes => routes.MapPost("/v1/traces", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.TrySetResult((context.Request.Path, context.Request.ContentType, body.Length));
        }));
        var settings = new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        await using (var app = await StartAsync(settings, _ => { }))
        {
            using var source = new ActivitySource("Slipway.Tests");
            source.StartActivity("tested")?.Dispose();
            await app.StopAsync();
        }

        var (path, type, bytes) = await received.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("/v1/traces", "application/x-protobuf"), (path, type));
        Assert.True(bytes > 0);
    }

    [Theory]
    [InlineData("SLIPWAY_LOG_FORMAT", "xml")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    public async Task WrongSetting_IsNamed(string name, string value)
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(() => StartAsync(new() { [name] = value }, _ => { }));
        Assert.Contains($"{name} is '{value}'", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(Dictionary<string, string?> settings, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddTelemetry(builder.Configuration);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }
}
