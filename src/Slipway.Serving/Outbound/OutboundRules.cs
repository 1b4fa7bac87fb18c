using System.Net;
using System.Net.Sockets;

namespace Slipway.Serving.Outbound;

/// <summary>
/// Which hosts manifests may make this server call: host names, <c>*.domain</c>, addresses, each with or without a port, or <c>*</c>. Link-local
/// addresses, where clouds keep their machines' credentials, are only called when they are listed themselves.
/// </summary>
internal sealed class OutboundRules
{
    private readonly string[] _patterns;

    public OutboundRules(string patterns) =>
        _patterns = patterns.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Null when it may be called, else why not.</summary>
    public string? Refuse(Uri address) => _patterns.Any(p => Matches(p, address.IdnHost.Trim('[', ']'), address.Port))
        ? null
        : $"{address.IdnHost}:{address.Port} is not among the hosts that this server may call (Serving:OutboundHosts is '{string.Join(", ", _patterns)}')";

    /// <summary>Asked where the connection is made, because a name may by then mean another address.</summary>
    public bool MayConnect(string host, int port, IPAddress address) => !IsLinkLocal(address) || _patterns.Any(p => p != "*" && Matches(p, host, port));

    private static bool IsLinkLocal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return IsLinkLocal(address.MapToIPv4());
        }

        return address.AddressFamily == AddressFamily.InterNetwork ? address.GetAddressBytes() is [169, 254, ..] : address.IsIPv6LinkLocal;
    }

    private static bool Matches(string pattern, string host, int port)
    {
        if (pattern == "*")
        {
            return true;
        }

        var cut = pattern.LastIndexOf(':');
        if (cut > 0 && pattern.IndexOf(':', StringComparison.Ordinal) == cut)
        {
            if (!int.TryParse(pattern.AsSpan(cut + 1), System.Globalization.CultureInfo.InvariantCulture, out var wanted) || wanted != port)
            {
                return false;
            }

            pattern = pattern[..cut];
        }

        return pattern.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(pattern.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);
    }
}
