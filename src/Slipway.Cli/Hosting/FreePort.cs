using System.Net;
using System.Net.Sockets;

namespace Slipway.Cli.Hosting;

/// <summary>Gives way when nobody chose the port and something else already listens on the default one.</summary>
internal static class FreePort
{
    public static ServerSettings Choose(ServerSettings settings) => settings.PortIsDefault && IsTaken(settings) ? settings with { Port = 0 } : settings;

    private static bool IsTaken(ServerSettings settings)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.TryParse(settings.Host, out var address) ? address : IPAddress.Loopback, settings.Port);
            probe.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
