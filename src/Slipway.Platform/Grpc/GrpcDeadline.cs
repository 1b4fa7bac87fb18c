using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Grpc;

/// <summary>The header grpc-timeout: up to eight digits and a unit.</summary>
public static class GrpcDeadline
{
    /// <summary>Null without one; a text that is none is none, as other servers have it.</summary>
    public static TimeSpan? Of(HttpRequest request) => Of(request.Headers);

    /// <inheritdoc cref="Of(HttpRequest)"/>
    public static TimeSpan? Of(IHeaderDictionary headers)
    {
        var text = headers["grpc-timeout"].ToString();
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(number),
            'M' => TimeSpan.FromMinutes(number),
            'S' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMilliseconds(number),
            'u' => TimeSpan.FromMicroseconds(number),
            'n' => TimeSpan.FromTicks(number / 100),
            _ => null,
        };
    }
}
