using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What a webhook may be called and where it may point.</summary>
internal static partial class HookRules
{
    private const int LongestUrl = 2_000;

    public static Problem? Name(string name) => NamePattern().IsMatch(name)
        ? null
        : Problem.Invalid(
            $"Webhook name '{Names.Shown(name)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).");

    public static Problem? Url(string url, IReadOnlyList<string> schemes)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            return Problem.Invalid($"Webhook URL cannot be empty or just whitespace: '{Names.Shown(url)}'");
        }

        if (url.Length > LongestUrl || !Texts.IsKept(url))
        {
            return Problem.Invalid($"Invalid webhook URL: it must be text of at most {LongestUrl} characters");
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) && Sources.Scheme(url) is { } known && schemes.Contains(known, StringComparer.Ordinal))
        {
            return Problem.Invalid($"Invalid webhook URL '{Names.Shown(url)}': it cannot be taken apart; write https://host/path");
        }

        var scheme = parsed?.Scheme ?? Sources.Scheme(url) ?? "";
        if (!schemes.Contains(scheme, StringComparer.Ordinal))
        {
            return Problem.Invalid($"Invalid webhook URL scheme: '{Names.Shown(scheme)}'. Allowed schemes are: {string.Join(", ", schemes)}.");
        }

        return parsed is null || parsed.Host.Length == 0 ? Problem.Invalid($"Webhook URL must include a hostname: '{Names.Shown(url)}'") : null;
    }

    /// <summary>Whether an address is of the public net: not this machine, not a private or reserved range.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return IsPublic(address.MapToIPv4());
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

    [GeneratedRegex(@"\A(?=.{1,63}\z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
