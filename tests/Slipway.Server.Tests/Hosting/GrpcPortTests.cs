using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Server.Hosting;

namespace Slipway.Server.Tests.Hosting;

public sealed class GrpcPortTests
{
    [Fact]
    public async Task WithACertificate_ThePortSpeaksTls_AndACallGoesThroughWithItsStatus()
    {
        using var folder = new TempFolder();
        var certificate = await WriteCertificateAsync(folder);
        await using var app = await StartAsync(folder, ("SLIPWAY_GRPC_TLS_CERT", folder.File("cert.pem")), ("SLIPWAY_GRPC_TLS_KEY", folder.File("key.pem")));
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate };
        using var client = new HttpClient(handler);

        foreach (var times in new[] { 1, 10_000 })
        {
            using var response = await client.SendAsync(Call(new Uri(app.Urls.Single()), times));

            Assert.Equal(HttpVersion.Version20, response.Version);
            Assert.Equal(5 + (4 * times), (await response.Content.ReadAsByteArrayAsync()).Length);
            Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        }

        Assert.StartsWith("https://", app.Urls.Single(), StringComparison.Ordinal);
        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.SendAsync(Call(new UriBuilder(app.Urls.Single()) { Scheme = "http" }.Uri, 1)));
    }

    [Fact]
    public async Task WithoutOne_ThePortSpeaksHttp2AtOnce()
    {
        using var folder = new TempFolder();
        await using var app = await StartAsync(folder);
        using var client = new HttpClient();

        using var response = await client.SendAsync(Call(new Uri(app.Urls.Single()), 1));

        Assert.Equal(9, (await response.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task ACallerThatResetsItsStream_IsNoFaultOfThisServer()
    {
        using var folder = new TempFolder();
        var (reached, ended) = (new TaskCompletionSource(), new TaskCompletionSource<Exception?>());
        await using var app = await StartAsync(
            folder, [],
            app => app.Use(async (http, next) =>
            {
                try
                {
                    await next(http);
                    ended.TrySetResult(null);
                }
                catch (Exception fault)
                {
                    ended.TrySetResult(fault);
                }
            }),
            app => app.MapGrpcUnary("test.Echo/Wait", 1 << 20, async (call, _, _) =>
            {
                reached.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.Cancellation);
                return null;
            }));
        using var client = new HttpClient();
        using var gone = new CancellationTokenSource();

        var waiting = client.SendAsync(Call(new Uri(app.Urls.Single()), 1, "/test.Echo/Wait"), gone.Token);
        await reached.Task;
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Null(await ended.Task);
    }

    [Theory]
    [InlineData("/test.Echo/Nothing", "test.Echo/Nothing: no such method")]
    [InlineData("/no.Such.Service/Say", "no.Such.Service/Say: no such method")]
    [InlineData("/", ": no such method")]
    public async Task AnUnknownMethod_IsUnimplemented_InTrailersOverHttp2_InHeadersOverHttp1(string path, string words)
    {
        using var folder = new TempFolder();
        await using var app = await StartAsync(folder, [], _ => { }, UnknownRoute.Map, plain: true);
        using var client = new HttpClient();
        var addresses = app.Urls.Select(u => new Uri(u)).ToArray();

        using var answer = await client.SendAsync(Call(addresses[0], 1, path));
        using var older = Call(addresses[1], 1, path);
        (older.Version, older.VersionPolicy) = (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        using var told = await client.SendAsync(older);

        Assert.Equal((HttpStatusCode.OK, "application/grpc"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(("12", words), (Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")), Assert.Single(answer.TrailingHeaders.GetValues("grpc-message"))));
        Assert.Equal(("12", words), (Assert.Single(told.Headers.GetValues("grpc-status")), Assert.Single(told.Headers.GetValues("grpc-message"))));
    }

    [Fact]
    public async Task Http1_AtThePortOfGrpc_IsRefusedInWords()
    {
        using var folder = new TempFolder();
        await using var app = await StartAsync(folder);
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri(new Uri(app.Urls.Single()), "/v2/health/live"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("HTTP/2 only endpoint", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfASetting_OrAFileThatIsNoCertificate_StopsTheStartInWords()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("cert.pem"), "no certificate");

        var half = await Assert.ThrowsAsync<ProblemException>(() => StartAsync(folder, ("SLIPWAY_GRPC_TLS_CERT", folder.File("cert.pem"))));
        var broken = await Assert.ThrowsAsync<ProblemException>(
            () => StartAsync(folder, ("SLIPWAY_GRPC_TLS_CERT", folder.File("cert.pem")), ("SLIPWAY_GRPC_TLS_KEY", folder.File("none.pem"))));

        Assert.Contains("belong together", half.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", broken.Problem.Message, StringComparison.Ordinal);
    }

    private static Task<WebApplication> StartAsync(TempFolder folder, params (string Name, string Value)[] settings) => StartAsync(folder, settings, _ => { }, _ => { });

    /// <param name="plain">Whether there is a port of HTTP/1 too, the second one.</param>
    private static async Task<WebApplication> StartAsync(
        TempFolder folder, (string Name, string Value)[] settings, Action<IApplicationBuilder> around, Action<IEndpointRouteBuilder> map, bool plain = false)
    {
        // As bare as the server's own builder, so that what TLS needs is not there by chance.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel =>
            {
                GrpcPort.Listen(kestrel, TestServer.Settings(folder) with { GrpcPort = 0 }, IPAddress.Loopback, configuration);
                if (plain)
                {
                    kestrel.Listen(IPAddress.Loopback, 0);
                }
            });
        var app = builder.Build();
        around(app);
        app.UseRouting();
        map(app);
        app.MapGrpcUnary("test.Echo/Say", 1 << 20, (_, message, answer) =>
        {
            message.Span.CopyTo(answer.GetSpan(message.Length));
            answer.Advance(message.Length);
            return default;
        });
        await app.StartAsync();
        return app;
    }

    private static HttpRequestMessage Call(Uri server, int times, string path = "/test.Echo/Say")
    {
        var length = 4 * times;
        byte[] framed = [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. Enumerable.Repeat("ping"u8.ToArray(), times).SelectMany(p => p)];
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(framed),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        return request;
    }

    /// <summary>A certificate of its own, as PEM files; its thumbprint.</summary>
    private static async Task<string> WriteCertificateAsync(TempFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(folder.File("cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }
}
