using System.Globalization;
using Slipway.Client.Transport;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Monitors;

/// <summary>A page of windows, in order.</summary>
public sealed record MonitorWindowPage(IReadOnlyList<MonitorWindow> Items);

/// <summary>What monitors found.</summary>
public sealed class MonitorsClient
{
    private readonly HttpTransport _transport;

    internal MonitorsClient(HttpTransport transport) => _transport = transport;

    /// <summary>Evaluated windows with a number above <paramref name="after"/>; go on with the last one's number until the page is empty.</summary>
    public Task<Result<MonitorWindowPage>> ListWindowsAsync(string ns, string monitor, int after, CancellationToken cancellation) => _transport.GetAsync(
        $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/monitors/{Uri.EscapeDataString(monitor)}/windows?after={after.ToString(CultureInfo.InvariantCulture)}",
        ClientJson.Default.MonitorWindowPage,
        cancellation);
}
