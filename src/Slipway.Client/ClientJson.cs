using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client.Audit;
using Slipway.Client.Loops;

namespace Slipway.Client;

/// <summary>Generated readers, so that the command line starts without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(LoopReport))]
internal sealed partial class ClientJson : JsonSerializerContext;
