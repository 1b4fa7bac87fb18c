using System.Text.Json;

namespace Slipway.Compute.Containers;

/// <summary>What the runtime says of a container after its end.</summary>
/// <param name="Started">False when nothing of it ever ran.</param>
internal sealed record ContainerState(bool Started, int ExitCode, bool OutOfMemory, string? Image)
{
    /// <summary>Reads the answer of <c>inspect</c>; null when there is no such container.</summary>
    public static ContainerState? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement is not { ValueKind: JsonValueKind.Array } all || all.GetArrayLength() == 0 || !all[0].TryGetProperty("State", out var state))
            {
                return null;
            }

            var status = Text(state, "Status");
            return new ContainerState(
                status is not ("created" or "configured" or "initialized"),
                state.TryGetProperty("ExitCode", out var code) && code.TryGetInt32(out var number) ? number : 0,
                state.TryGetProperty("OOMKilled", out var killed) && killed.ValueKind == JsonValueKind.True,
                Text(all[0], "ImageDigest") ?? Text(all[0], "Image"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
