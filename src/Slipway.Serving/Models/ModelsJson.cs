using System.Text.Json.Serialization;

namespace Slipway.Serving.Models;

[JsonSerializable(typeof(string[]))]
internal sealed partial class ModelsJson : JsonSerializerContext;
