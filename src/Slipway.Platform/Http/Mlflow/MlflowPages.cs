using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// Page tokens: base64 of <c>{"offset": N}</c> as MLflow's own, so that a client may hold one across a change of server. A list that keeps its place
/// better by key than by number puts the key in as well (<c>"after"</c>), and the number stays for whoever reads it.
/// </summary>
public static class MlflowPages
{
    public static string Token(long offset, string? after = null)
    {
        var place = after is null ? "" : $", \"after\": {JsonSerializer.Serialize(after)}";
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"offset\": {offset}{place}}}")));
    }

    /// <summary>Where a page starts: 0 without a token.</summary>
    public static Result<PagePlace> Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return new PagePlace(0, null);
        }

        var bytes = new byte[token.Length];
        if (token.Length <= 4096 && Convert.TryFromBase64String(token, bytes, out var length))
        {
            try
            {
                using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
                if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("offset", out var offset)
                    && offset.TryGetInt64(out var number) && number >= 0)
                {
                    return new PagePlace(number, root.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.String ? after.GetString() : null);
                }
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // Told below, as every other token that is none.
            }
        }

        return Problem.Invalid("Invalid page token: it is not one that a page of this list gave out. Leave it away to start from the first page.");
    }
}

/// <param name="Offset">How many items stood before this page.</param>
/// <param name="After">The list's own key of the last item before this page; null in MLflow's plain tokens.</param>
public sealed record PagePlace(long Offset, string? After);
