using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Slipway.Cli.Hosting;
using Slipway.Kernel.Problems;

namespace Slipway.Server.Hosting;

/// <summary>
/// The port of gRPC: HTTP/2 at once, without TLS (clients call that h2c), or with TLS when SLIPWAY_GRPC_TLS_CERT and SLIPWAY_GRPC_TLS_KEY name
/// PEM files.
/// </summary>
internal static class GrpcPort
{
    private const string CertificateSetting = "SLIPWAY_GRPC_TLS_CERT";
    private const string KeySetting = "SLIPWAY_GRPC_TLS_KEY";

    /// <summary>Listens, unless nobody chose a port and the usual one is taken.</summary>
    /// <exception cref="ProblemException">When the certificate cannot be read.</exception>
    public static void Listen(KestrelServerOptions kestrel, ServerSettings settings, IPAddress address, IConfiguration configuration)
    {
        if (settings.GrpcPort is null && settings.Port != 0 && (settings.Port == IPEndPoint.MaxPort || !IsFree(address, settings.Port + 1)))
        {
            return;
        }

        var certificate = Certificate(configuration);
        kestrel.Listen(address, settings.GrpcPort ?? (settings.Port == 0 ? 0 : settings.Port + 1), listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        });
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var probe = new TcpListener(address, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static X509Certificate2? Certificate(IConfiguration configuration)
    {
        var (certificate, key) = (configuration[CertificateSetting], configuration[KeySetting]);
        if (string.IsNullOrEmpty(certificate) && string.IsNullOrEmpty(key))
        {
            return null;
        }

        if (string.IsNullOrEmpty(certificate) || string.IsNullOrEmpty(key))
        {
            throw new ProblemException(Problem.Invalid($"{CertificateSetting} and {KeySetting} belong together: set both, to PEM files, or none"));
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new ProblemException(Problem.Invalid($"{CertificateSetting}: the certificate cannot be read: {e.Message}"));
        }
    }
}
