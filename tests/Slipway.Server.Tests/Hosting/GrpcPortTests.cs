using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
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

    private static async Task<WebApplication> StartAsync(TempFolder folder, params (string Name, string Value)[] settings)
    {
        // As bare as the server's own builder, so that what TLS needs is not there by chance.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => GrpcPort.Listen(kestrel, TestServer.Settings(folder) with { GrpcPort = 0 }, IPAddress.Loopback, configuration));
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcUnary("test.Echo/Say", 1 << 20, (_, message, answer) =>
        {
            message.Span.CopyTo(answer.GetSpan(message.Length));
            answer.Advance(message.Length);
            return default;
        });
        await app.StartAsync();
        return app;
    }

    private static HttpRequestMessage Call(Uri server, int times)
    {
        var length = 4 * times;
        byte[] framed = [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. Enumerable.Repeat("ping"u8.ToArray(), times).SelectMany(p => p)];
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/test.Echo/Say"))
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
