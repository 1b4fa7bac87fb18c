using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client.Audit;
using Slipway.Client.Loops;
using Slipway.Client.Monitors;

namespace Slipway.Client;

/// <summary>Generated readers, so that the command line starts without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(LoopReport))]
[JsonSerializable(typeof(MonitorWindowPage))]
internal sealed partial class ClientJson : JsonSerializerContext;
