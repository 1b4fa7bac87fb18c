using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Compute.Workloads;

/// <summary>
/// What finds an attempt again after a crash of the server. Keep it with the attempt; <see cref="ToText"/> and <see cref="Parse"/> are its stored form.
/// Only <see cref="Backend"/> and <see cref="Attempt"/> are needed (both are known before the start); the rest makes the search quick and sure:
/// a process is ours only when boot, start time and the attempt's own variable agree, so that a number given out again is never killed.
/// </summary>
public sealed record WorkloadMarker(string Backend, string Attempt)
{
    /// <summary>The boot id of the host (<c>/proc/sys/kernel/random/boot_id</c>). Another boot: nothing of it can be left.</summary>
    public string? Boot { get; init; }

    public int? Pid { get; init; }

    /// <summary>Clock ticks from boot to the process's start: field 22 of <c>/proc/PID/stat</c>.</summary>
    public long? StartTicks { get; init; }

    /// <summary>The session, which is the first process's number.</summary>
    public int? Session { get; init; }

    public string? Cgroup { get; init; }

    /// <summary>The container's or the job's name at its runtime.</summary>
    public string? Container { get; init; }

    public string ToText() => JsonSerializer.Serialize(this, MarkerJson.Default.WorkloadMarker);

    public static WorkloadMarker? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, MarkerJson.Default.WorkloadMarker);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkloadMarker))]
internal sealed partial class MarkerJson : JsonSerializerContext;
