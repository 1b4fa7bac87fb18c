using System.Net;
using System.Net.Sockets;

namespace Slipway.Registry.Webhooks;

/// <summary>Which addresses anybody may be sent to.</summary>
internal static class PublicNet
{
    /// <summary>Whether an address is of the public net: not this machine, not a private or reserved range.</summary>
    public static bool Has(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Has(address.MapToIPv4());
        }

        if (IPAddress.IsLoopback(address))
        {
            return false;
        }

        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork ? IsPublicV4(bytes) : IsPublicV6(address, bytes);
    }

    private static bool IsPublicV4(byte[] a) => a switch
    {
        [0 or 10 or 127, ..] => false,
        [100, >= 64 and <= 127, ..] => false,
        [169, 254, ..] => false,
        [172, >= 16 and <= 31, ..] => false,
        [192, 0, 0 or 2, _] => false,
        [192, 168, ..] => false,
        [198, 18 or 19, ..] => false,
        [198, 51, 100, _] => false,
        [203, 0, 113, _] => false,
        [>= 224, ..] => false,
        _ => true,
    };

    private static bool IsPublicV6(IPAddress address, byte[] a) =>
        !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && !address.IsIPv6SiteLocal && !address.IsIPv6UniqueLocal && !address.Equals(IPAddress.IPv6Any)
        && !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8)
        // 64:ff9b::/96 reaches whatever IPv4 address stands in its last four bytes.
        && !(a[0] == 0x00 && a[1] == 0x64 && a[2] == 0xff && a[3] == 0x9b && !IsPublicV4(a[12..]));
}
