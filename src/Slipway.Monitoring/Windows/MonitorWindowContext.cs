using System.Text.Json.Serialization;
using Slipway.Contracts.Monitoring.Ports;

namespace Slipway.Monitoring.Windows;

internal sealed record MonitorWindowList(IReadOnlyList<MonitorWindow> Items);

/// <summary>A window as the table, the event and the HTTP answer hold it: one form for all three.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MonitorWindow))]
[JsonSerializable(typeof(MonitorWindowList))]
internal sealed partial class MonitorWindowContext : JsonSerializerContext;
