using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Grpc;

/// <summary>The header grpc-timeout: up to eight digits and a unit.</summary>
public static class GrpcDeadline
{
    /// <summary>Timers end at 49 days. Who allows more than this, up to the 11,415 years that the header can say, means no limit.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Null without one; a text that is none is none, as other servers have it, and so is a time beyond <see cref="Longest"/>.</summary>
    public static TimeSpan? Of(HttpRequest request) => Of(request.Headers);

    /// <inheritdoc cref="Of(HttpRequest)"/>
    public static TimeSpan? Of(IHeaderDictionary headers)
    {
        var text = headers["grpc-timeout"].ToString();
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        TimeSpan? given = text[^1] switch
        {
            'H' => TimeSpan.FromHours(number),
            'M' => TimeSpan.FromMinutes(number),
            'S' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMilliseconds(number),
            'u' => TimeSpan.FromMicroseconds(number),
            'n' => TimeSpan.FromTicks(number / 100),
            _ => null,
        };
        return given > Longest ? null : given;
    }
}
