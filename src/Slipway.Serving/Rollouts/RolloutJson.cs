using System.Text.Json.Serialization;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Rollouts;

/// <summary>Payload of <c>rollout.started|advanced|held|promoted|rolledback|confirmed</c>.</summary>
internal sealed record RolloutEvent(string Policy, string Model, int Version, int FromVersion, int Percent, int Window, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RolloutEvent))]
[JsonSerializable(typeof(RolloutState))]
internal sealed partial class RolloutJson : JsonSerializerContext;
